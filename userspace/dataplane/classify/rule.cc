// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/classify/rule.h"

#include <algorithm>
#include <array>

#include "base/check.h"

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

/// Of a flow, or of a quoted one.
SteerMatch match_ours(const SteerTable& table, std::uint8_t protocol, const Endpoint& ours) {
  if (const auto slot = table.service(service_key(ours.addr, protocol, ours.port)))
    return {What::service, *slot};
  if (table.lip_port(lip_key(ours.addr), protocol, ours.port)) return {What::lip, {}};
  if (const auto slot = table.ranged(vip_key(ours.addr, protocol), ours.port)) return {What::service, *slot};
  return {};
}

SteerMatch match_dest(const SteerTable& table, std::uint8_t protocol, const Endpoint& dest, bool quoted) {
  const std::uint32_t uses = table.dest_uses(service_key(dest.addr, protocol, dest.port));
  if (quoted && (uses & HVS_STEER_DEST_TUNNEL) != 0) return {What::tunnel, {}};
  const bool nat = (uses & HVS_STEER_DEST_NAT) != 0 || table.nat_on_any_port(dest.addr, protocol);
  return {nat ? What::nat_dest : What::pass, {}};
}

/// The ports of a packet, whole or quoted, or what stands for them. Of an ICMP query one end asks.
struct Ports {
  Be16 src;
  Be16 dst;
  bool present = true;
  bool src_asks = true;
  bool dst_asks = true;
};

/// Inlined: returned in one piece, it would be read in larger pieces than it was written in.
[[gnu::always_inline]] inline Ports ports_at(Reader frame, std::size_t offset, std::uint8_t protocol,
                                             Family family) {
  if (is_icmp(static_cast<IpProto>(protocol))) {
    const auto* icmp = frame.at<IcmpQueryHdr>(offset);
    if (icmp == nullptr) return {{}, {}, false};
    const FlowPorts ports = query_ports(*icmp, family);
    const bool request = is_icmp_request(icmp->type, family == Family::ipv4);
    return {Be16::from_raw(ports.src), Be16::from_raw(ports.dst), true, request, !request};
  }
  if (is_tunnel(static_cast<IpProto>(protocol))) return {};
  const auto* ports = frame.at<L4Ports>(offset);
  if (ports == nullptr) return {{}, {}, false};
  return {ports->src, ports->dst};
}

SteerMatch match_flow(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const Ports ports = ports_at(frame, parsed.l4, parsed.protocol, parsed.family);
  if (!ports.present) return {};
  const Addresses ip = addresses_at(frame, parsed.l3, parsed.family);
  SteerMatch match;
  if (table.names(ip.dst)) match = match_ours(table, parsed.protocol, {ip.dst, ports.dst});
  if (match.what == What::pass && table.names(ip.src))
    match = match_dest(table, parsed.protocol, {ip.src, ports.src}, false);
  if (match.what == What::pass && ports.src_asks && table.inside_out(ip.src, ip.dst, parsed.protocol))
    return {What::inside, {}};
  return match;
}

SteerMatch match_later_fragment(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const Addresses ip = addresses_at(frame, parsed.l3, parsed.family);
  const auto ours = [&](IpProto upper) {
    const auto protocol = static_cast<std::uint8_t>(upper);
    return table.vip(vip_key(ip.dst, protocol)) || table.lip_for(lip_key(ip.dst), protocol) != nullptr ||
           table.nat_dest(service_key(ip.src, protocol, Be16{})) ||
           table.inside_out(ip.src, ip.dst, protocol);
  };
  const auto protocol = static_cast<IpProto>(parsed.protocol);
  if (HVS_LIKELY(!is_options_or_routing(protocol))) return {ours(protocol) ? What::fragment : What::pass, {}};
  // What stands behind those headers, only the first fragment says.
  constexpr std::array kUpper = {IpProto::tcp, IpProto::udp, IpProto::sctp, IpProto::icmpv6};
  return {std::ranges::any_of(kUpper, ours) ? What::fragment : What::pass, {}};
}

/// The quoted packet is one that we sent: its source, which is where the error goes to, is the VIP, a LIP, in
/// mode nat the client, or in mode snat a host outside.
SteerMatch match_icmp_error(Reader frame, const Parsed& parsed, const SteerTable& table) {
  const Ports ports = ports_at(frame, parsed.quote_l4, parsed.quote_protocol, parsed.family);
  if (!ports.present) return {};
  const IpAddr dst = addresses_at(frame, parsed.l3, parsed.family).dst;
  const Addresses quoted = addresses_at(frame, parsed.quote_l3, parsed.family);
  if (quoted.src != dst) return {};
  SteerMatch match = match_ours(table, parsed.quote_protocol, {quoted.src, ports.src});
  if (match.what == What::pass)
    match = match_dest(table, parsed.quote_protocol, {quoted.dst, ports.dst}, true);
  if (match.what == What::pass && ports.dst_asks &&
      table.inside_out(quoted.dst, quoted.src, parsed.quote_protocol))
    return {What::inside, {}};
  return match;
}

}  // namespace

SteerMatch steer_rule(Reader frame, const Parsed& parsed, const SteerTable& table, const MacAddr& port_mac) {
  if (parsed.kind == Parsed::Kind::other) return {};
  const auto* eth = frame.at<EthHdr>(0);
  if (eth == nullptr || !same_mac(eth->dst, port_mac)) return {};
  switch (parsed.kind) {
    case Parsed::Kind::other: return {};
    case Parsed::Kind::flow:
    case Parsed::Kind::icmp_query: return match_flow(frame, parsed, table);
    case Parsed::Kind::later_fragment: return match_later_fragment(frame, parsed, table);
    case Parsed::Kind::icmp_error: return match_icmp_error(frame, parsed, table);
  }
  return {};
}

}  // namespace hvs
