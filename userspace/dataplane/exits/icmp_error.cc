// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <rte_mbuf.h>

#include "dataplane/exits/exits.h"
#include "net/source_address.h"

namespace hvs {

namespace {

/// Who we are on the frame's side; a host without an address there speaks as the one addressed.
IpAddr source_for(const Frame& frame, const Fib& fib) {
  const Parsed& p = frame.parsed;
  const std::uint16_t vlan = p.vlan_tags == 0 ? 0 : p.vlan_tci & 0x0fff;
  if (const IpAddr* own = fib.own_address(frame.port, vlan, p.family)) return *own;
  if (p.family == Family::ipv4) return IpAddr::v4(frame.bytes().at<Ipv4Hdr>(p.l3)->dst);
  return IpAddr::v6(frame.bytes().at<Ipv6Hdr>(p.l3)->dst);
}

}  // namespace

bool Exits::may_be_told(const Frame& frame) {
  const Parsed& p = frame.parsed;
  if (p.kind != Parsed::Kind::flow && p.kind != Parsed::Kind::icmp_query)
    return false;  // no errors about errors or later fragments
  if (p.family == Family::ipv4) {
    const Ipv4Hdr* ip = frame.bytes().at<Ipv4Hdr>(p.l3);
    return ip != nullptr && may_be_source(ip->src);
  }
  const Ipv6Hdr* ip = frame.bytes().at<Ipv6Hdr>(p.l3);
  return ip != nullptr && may_be_source(ip->src);
}

void Exits::icmp_error_about(const Frame& frame, std::span<const std::uint8_t> offending, Family family,
                             const IpAddr& source, IcmpProblem problem, std::uint16_t mtu,
                             std::uint32_t now_ms) {
  const bool v4 = family == Family::ipv4;
  const IpAddr sender = v4 ? IpAddr::v4(reinterpret_cast<const Ipv4Hdr*>(offending.data())->src)
                           : IpAddr::v6(reinterpret_cast<const Ipv6Hdr*>(offending.data())->src);
  // Nobody who provokes other errors may keep senders from learning the path's MTU.
  const bool may = problem == IcmpProblem::too_big ? too_big_.take(now_ms) : within_rate(now_ms);
  if (!may) return counters_.icmp_errors_limited.inc();
  rte_mbuf* mbuf = rte_pktmbuf_alloc(frame.mbuf->pool);
  if (mbuf == nullptr) return;
  const std::uint16_t size = icmp_message_bytes(family, offending.size());
  auto* out = reinterpret_cast<std::uint8_t*>(rte_pktmbuf_append(mbuf, size));
  if (out == nullptr) return rte_pktmbuf_free(mbuf);
  icmp_message({out, size}, offending, family, source, problem, mtu);
  Frame error;
  error.data = out;
  error.length = size;
  error.port = frame.port;
  error.mbuf = mbuf;
  counters_.icmp_errors_sent.inc();
  output_.send(error, 0, size, output_.way_out(sender));
}

void Exits::icmp_error(const Frame& frame, IcmpProblem problem, std::uint16_t mtu, Drop reason,
                       const Fib& fib, std::uint32_t now_ms) {
  const Parsed& p = frame.parsed;
  if (may_be_told(frame)) {
    const std::span offending(frame.data + p.l3, static_cast<std::size_t>(p.end - p.l3));
    icmp_error_about(frame, offending, p.family, source_for(frame, fib), problem, mtu, now_ms);
  }
  drop(frame, reason);
}

}  // namespace hvs
