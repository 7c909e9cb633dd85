// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <rte_mbuf.h>

#include "dataplane/exits/exits.h"
#include "dataplane/exits/reset_message.h"

namespace hvs {

void Exits::tcp_reset(const Frame& frame) {
  const Parsed& p = frame.parsed;
  const std::uint8_t flags = frame.bytes().at<TcpHdr>(p.l4)->flags;
  if ((flags & TcpHdr::kRst) != 0 || !may_be_told(frame)) return;
  rte_mbuf* mbuf = rte_pktmbuf_alloc(frame.mbuf->pool);
  if (mbuf == nullptr) return;
  const std::uint16_t size = reset_message_bytes(p.family);
  auto* out = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(mbuf, size));
  if (out == nullptr) return rte_pktmbuf_free(mbuf);
  reset_message({out, size}, {frame.data, frame.length}, p);
  Frame reset;
  reset.data = out;
  reset.length = size;
  reset.port = frame.port;
  reset.mbuf = mbuf;
  counters_.tcp_resets_sent.inc();
  const IpAddr sender = p.family == Family::ipv4 ? IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->src)
                                                 : IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->src);
  output_.send(reset, 0, size, output_.way_out(sender));
}

void Exits::reject(const Frame& frame, Drop reason, std::uint32_t now_ms) {
  const Parsed& p = frame.parsed;
  const bool v4 = p.family == Family::ipv4;
  if (p.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    within_rate(now_ms) ? tcp_reset(frame) : counters_.tcp_resets_limited.inc();
  } else if (may_be_told(frame)) {
    const std::span offending(frame.data + p.l3, static_cast<std::size_t>(p.end - p.l3));
    const IpAddr addressed = v4 ? IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->dst)
                                : IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->dst);
    icmp_error_about(frame, offending, p.family, addressed, IcmpProblem::port_unreachable, 0, now_ms);
  }
  drop(frame, reason);
}

}  // namespace hvs
