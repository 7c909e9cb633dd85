// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/classify/rule.h"

namespace hvs {

namespace {

using What = SteerMatch::What;

struct Addresses {
  IpAddr src;
  IpAddr dst;
};

/// The addresses of the IP header at `offset`, which the parser found whole.
Addresses addresses_at(Reader frame, std::size_t offset, Family family) {
  if (family == Family::ipv4) {
    const auto* ip = frame.at<Ipv4Hdr>(offset);
    if (ip == nullptr) return {};
    return {IpAddr::v4(ip->src), IpAddr::v4(ip->dst)};
  }
  const auto* ip = frame.at<Ipv6Hdr>(offset);
  if (ip == nullptr) return {};
  return {IpAddr::v6(ip->src), IpAddr::v6(ip->dst)};
}

SteerMatch match_endpoint(const SteerTable& table, const IpAddr& addr, std::uint8_t protocol, Be16 port) {
  if (const auto slot = table.service(service_key(addr, protocol, port))) return {What::service, *slot};
  if (table.lip_port(lip_key(addr), port)) return {What::lip, {}};
  return {};
}

SteerMatch match_flow(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const auto* ports = frame.at<L4Ports>(parsed.l4);
  if (ports == nullptr) return {};
  const IpAddr dst = addresses_at(frame, parsed.l3, parsed.family).dst;
  return match_endpoint(table, dst, parsed.protocol, ports->dst);
}

SteerMatch match_later_fragment(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const IpAddr dst = addresses_at(frame, parsed.l3, parsed.family).dst;
  if (table.vip(vip_key(dst, parsed.protocol)) || table.lip(lip_key(dst)) != nullptr)
    return {What::fragment, {}};
  return {};
}

/// The quoted packet is one that we sent: its source is the VIP or LIP, which is where the error goes to.
SteerMatch match_icmp_error(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const auto* ports = frame.at<L4Ports>(parsed.quote_l4);
  if (ports == nullptr) return {};
  const IpAddr dst = addresses_at(frame, parsed.l3, parsed.family).dst;
  const IpAddr quoted_src = addresses_at(frame, parsed.quote_l3, parsed.family).src;
  if (quoted_src != dst) return {};
  return match_endpoint(table, quoted_src, parsed.quote_protocol, ports->src);
}

}  // namespace

SteerMatch steer_rule(Reader frame, const Parsed& parsed, const SteerTable& table, const MacAddr& port_mac) {
  if (parsed.kind == Parsed::Kind::other) return {};
  const auto* eth = frame.at<EthHdr>(0);
  if (eth == nullptr || eth->dst != port_mac) return {};
  switch (parsed.kind) {
    case Parsed::Kind::other: return {};
    case Parsed::Kind::flow: return match_flow(frame, parsed, table);
    case Parsed::Kind::later_fragment: return match_later_fragment(frame, parsed, table);
    case Parsed::Kind::icmp_error: return match_icmp_error(frame, parsed, table);
  }
  return {};
}

}  // namespace hvs
