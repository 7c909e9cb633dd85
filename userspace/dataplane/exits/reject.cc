// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <rte_mbuf.h>

#include "dataplane/exits/abort_message.h"
#include "dataplane/exits/exits.h"
#include "dataplane/exits/reset_message.h"

namespace hvs {

/// `write(bytes)` makes an IP packet of `size` bytes, which goes to the sender of `frame`, or returns false.
template <typename Write>
bool Exits::answer(const Frame& frame, std::uint16_t size, Write&& write) {
  if (!may_be_told(frame)) return false;
  rte_mbuf* mbuf = rte_pktmbuf_alloc(frame.mbuf->pool);
  if (mbuf == nullptr) return false;
  auto* out = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(mbuf, size));
  if (out == nullptr || !write(std::span(out, size))) {
    rte_pktmbuf_free(mbuf);
    return false;
  }
  Frame made;
  made.data = out;
  made.length = size;
  made.port = frame.port;
  made.mbuf = mbuf;
  const Parsed& p = frame.parsed;
  const IpAddr sender = p.family == Family::ipv4 ? IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->src)
                                                 : IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->src);
  output_.send(made, 0, size, output_.way_out(sender));
  return true;
}

void Exits::tcp_reset(const Frame& frame) {
  const Parsed& p = frame.parsed;
  if ((frame.bytes().at<TcpHdr>(p.l4)->flags & TcpHdr::kRst) != 0) return;
  const auto write = [&](std::span<std::uint8_t> out) {
    reset_message(out, {frame.data, frame.length}, p);
    return true;
  };
  if (answer(frame, reset_message_bytes(p.family), write)) counters_.tcp_resets_sent.inc();
}

void Exits::sctp_abort(const Frame& frame) {
  const Parsed& p = frame.parsed;
  const auto write = [&](std::span<std::uint8_t> out) {
    return abort_message(out, {frame.data, frame.length}, p);
  };
  if (answer(frame, abort_message_bytes(p.family), write)) counters_.sctp_aborts_sent.inc();
}

void Exits::reject(const Frame& frame, Drop reason, std::uint32_t now_ms) {
  const Parsed& p = frame.parsed;
  const bool v4 = p.family == Family::ipv4;
  if (p.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    within_rate(now_ms) ? tcp_reset(frame) : counters_.tcp_resets_limited.inc();
  } else if (p.protocol == static_cast<std::uint8_t>(IpProto::sctp)) {
    within_rate(now_ms) ? sctp_abort(frame) : counters_.sctp_aborts_limited.inc();
  } else if (may_be_told(frame)) {
    const std::span offending(frame.data + p.l3, static_cast<std::size_t>(p.end - p.l3));
    const IpAddr addressed = v4 ? IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->dst)
                                : IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->dst);
    icmp_error_about(frame, offending, p.family, addressed, IcmpProblem::port_unreachable, 0, now_ms);
  }
  drop(frame, reason);
}

}  // namespace hvs
