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

struct Endpoint {
  const IpAddr& addr;
  Be16 port;
};

/// Of a flow, or of a quoted one: our end, and the other.
SteerMatch match_ends(const SteerTable& table, std::uint8_t protocol, const Endpoint& ours,
                      const Endpoint& peer) {
  if (const auto slot = table.service(service_key(ours.addr, protocol, ours.port)))
    return {What::service, *slot};
  if (table.lip_port(lip_key(ours.addr), ours.port)) return {What::lip, {}};
  if (table.dest(service_key(peer.addr, protocol, peer.port))) return {What::nat_dest, {}};
  return {};
}

SteerMatch match_flow(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const auto* ports = frame.at<L4Ports>(parsed.l4);
  if (ports == nullptr) return {};
  const Addresses ip = addresses_at(frame, parsed.l3, parsed.family);
  return match_ends(table, parsed.protocol, {ip.dst, ports->dst}, {ip.src, ports->src});
}

SteerMatch match_later_fragment(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const Addresses ip = addresses_at(frame, parsed.l3, parsed.family);
  const bool ours = table.vip(vip_key(ip.dst, parsed.protocol)) || table.lip(lip_key(ip.dst)) != nullptr ||
                    table.dest(service_key(ip.src, parsed.protocol, Be16{}));
  return {ours ? What::fragment : What::pass, {}};
}

/// The quoted packet is one that we sent: its source, which is where the error goes to, is the VIP, a LIP, or
/// in mode nat the client.
SteerMatch match_icmp_error(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const auto* ports = frame.at<L4Ports>(parsed.quote_l4);
  if (ports == nullptr) return {};
  const IpAddr dst = addresses_at(frame, parsed.l3, parsed.family).dst;
  const Addresses quoted = addresses_at(frame, parsed.quote_l3, parsed.family);
  if (quoted.src != dst) return {};
  return match_ends(table, parsed.quote_protocol, {quoted.src, ports->src}, {quoted.dst, ports->dst});
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
