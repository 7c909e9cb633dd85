// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <rte_mbuf.h>

#include <algorithm>

#include "dataplane/exits/exits.h"

namespace hvs {

namespace {

/// RFC 1812, 4.3.2.8 asks for a limit; these are the kernel's defaults (net.ipv4.icmp_msgs_per_sec, _burst).
constexpr std::uint32_t kIcmpPerSecond = 1000;
constexpr std::uint32_t kIcmpBurst = 50;

/// The offending packet's sender, when an error may be sent to it (RFC 1122, 3.2.2; RFC 4443, 2.4).
bool sender_of(const Frame& frame, IpAddr& sender) {
  const Parsed& p = frame.parsed;
  if (p.kind != Parsed::Kind::flow) return false;  // no errors about errors or later fragments
  if (p.family == Family::ipv4) {
    const Ipv4Hdr* ip = frame.bytes().at<Ipv4Hdr>(p.l3);
    if (ip == nullptr) return false;
    sender = IpAddr::v4(ip->src);
    const unsigned first = sender.bytes[0];
    return first != 0 && first != 127 && first < 224;
  }
  const Ipv6Hdr* ip = frame.bytes().at<Ipv6Hdr>(p.l3);
  if (ip == nullptr) return false;
  sender = IpAddr::v6(ip->src);
  return sender.bytes[0] != 0xff && sender.bytes != Ipv6Bytes{};
}

/// Who we are on the frame's side; a host without an address there speaks as the one addressed.
IpAddr source_for(const Frame& frame, const Fib& fib) {
  const Parsed& p = frame.parsed;
  const std::uint16_t vlan = p.vlan_tags == 0 ? 0 : p.vlan_tci & 0x0fff;
  if (const IpAddr* own = fib.own_address(frame.port, vlan, p.family)) return *own;
  if (p.family == Family::ipv4) return IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->dst);
  return IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->dst);
}

}  // namespace

bool Exits::within_rate(std::uint32_t now_ms) {
  const std::uint64_t earned = std::uint64_t{now_ms - icmp_filled_ms_} * kIcmpPerSecond / 1000;
  if (earned != 0) {
    icmp_tokens_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(earned + icmp_tokens_, kIcmpBurst));
    icmp_filled_ms_ = now_ms;
  }
  if (icmp_tokens_ == 0) return false;
  --icmp_tokens_;
  return true;
}

void Exits::icmp_error(const Frame& frame, IcmpProblem problem, std::uint16_t mtu, Drop reason,
                       const Fib& fib, std::uint32_t now_ms) {
  IpAddr sender;
  if (!sender_of(frame, sender)) return drop(frame, reason);
  const WayOut way = output_.way_out(sender);
  if (!within_rate(now_ms)) {
    counters_.icmp_errors_limited.inc();
    return drop(frame, reason);
  }
  rte_mbuf* mbuf = rte_pktmbuf_alloc(frame.mbuf->pool);
  if (mbuf == nullptr) return drop(frame, reason);
  const Parsed& p = frame.parsed;
  const std::span offending(frame.data + p.l3, static_cast<std::size_t>(p.end - p.l3));
  const std::uint16_t size = icmp_message_bytes(p.family, offending.size());
  auto* out = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(mbuf, size));
  if (out == nullptr) {
    rte_pktmbuf_free(mbuf);
    return drop(frame, reason);
  }
  icmp_message({out, size}, offending, p.family, source_for(frame, fib), problem, mtu);
  Frame error;
  error.data = out;
  error.length = size;
  error.port = frame.port;
  error.mbuf = mbuf;
  counters_.icmp_errors_sent.inc();
  output_.send(error, 0, size, way);
  drop(frame, reason);
}

}  // namespace hvs
