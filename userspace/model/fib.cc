// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/fib.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hvs {

namespace {

bool link_local(const IpAddr& addr) {
  return !addr.is_v4() && addr.bytes[0] == 0xfe && (addr.bytes[1] & 0xc0) == 0x80;
}

/// What a host of the family has to take (RFC 791, RFC 8200): no route makes it less.
std::uint16_t at_least(Family family, std::uint16_t mtu) {
  return std::max<std::uint16_t>(mtu, family == Family::ipv4 ? 68 : 1280);
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::array<std::array<std::vector<std::uint32_t>, 129>, 2> rows;  // by family and prefix length
  for (std::uint32_t row = 0; row < routes_.size(); ++row) {
    IpPrefix& prefix = routes_[row].prefix;
    prefix.addr = masked(prefix.addr, prefix.length);
    rows[prefix.addr.is_v4() ? 0 : 1].at(prefix.length).push_back(row);
    if (const std::uint16_t mtu = routes_[row].mtu; mtu != 0)
      least_mtu_ = std::min(least_mtu_, at_least(prefix.addr.family, mtu));
  }
  for (std::size_t length = 129; length-- > 0;) {
    for (auto* levels : {&v4_, &v6_}) {
      const auto& of_length = rows[levels == &v4_ ? 0 : 1][length];
      if (of_length.empty()) continue;
      levels->push_back({static_cast<std::uint8_t>(length), {}});
      fill(levels->back(), of_length);
    }
  }
}

void RouteTable::fill(Level& level, const std::vector<std::uint32_t>& rows) {
  level.slots.assign(std::bit_ceil(rows.size() * 2), 0);
  for (const std::uint32_t row : rows) {
    std::uint32_t& slot = level.slots[slot_of(level, routes_[row].prefix.addr)];
    if (slot == 0 || routes_[row].metric < routes_[slot - 1].metric) slot = row + 1;
  }
}

/// The slot that holds the prefix, or the free one where it would be.
std::size_t RouteTable::slot_of(const Level& level, const IpAddr& prefix) const {
  const std::size_t mask = level.slots.size() - 1;
  std::size_t at = (std::hash<IpAddr>{}(prefix)*0x9e3779b97f4a7c15ULL) >> 32 & mask;
  while (level.slots[at] != 0 && routes_[level.slots[at] - 1].prefix.addr != prefix) at = (at + 1) & mask;
  return at;
}

const Route* RouteTable::lookup(const IpAddr& addr) const {
  for (const Level& level : addr.is_v4() ? v4_ : v6_) {
    const std::uint32_t slot = level.slots[slot_of(level, masked(addr, level.length))];
    if (slot != 0) return &routes_[slot - 1];
  }
  return nullptr;
}

std::uint16_t EgressInterface::mtu_for(Family family, std::uint16_t of_route) const {
  const std::uint16_t own = family == Family::ipv6 && ipv6_mtu != 0 ? ipv6_mtu : mtu;
  return of_route == 0 ? own : std::min(own, at_least(family, of_route));
}

const EgressInterface* Fib::interface_of(std::uint32_t ifindex) const {
  for (const EgressInterface& i : interfaces) {
    if (i.ifindex == ifindex) return &i;
  }
  return nullptr;
}

const IpAddr* Fib::own_address(PortId port, std::uint16_t vlan, Family family) const {
  for (const EgressInterface& i : interfaces) {
    if (i.port != port || i.vlan != vlan) continue;
    for (const IpAddr& a : i.addresses) {
      // Routers do not forward what comes from a link-local address (RFC 4291, 2.5.6): worse than none.
      if (a.family == family && !link_local(a)) return &a;
    }
  }
  return nullptr;
}

std::set<IpAddr> Fib::own_addresses() const {
  std::set<IpAddr> own;
  if (!routes) return own;
  for (const Route& route : routes->routes()) {
    const unsigned bits = route.prefix.addr.is_v4() ? 32 : 128;
    if (route.kind == Route::Kind::local && route.prefix.length == bits) own.insert(route.prefix.addr);
  }
  return own;
}

NextHop Fib::next_hop(const IpAddr& destination) const {
  NextHop hop;
  const Route* route = routes ? routes->lookup(destination) : nullptr;
  if (route == nullptr || route->kind == Route::Kind::unreachable) return hop;
  if (route->kind == Route::Kind::local) {
    hop.kind = NextHop::Kind::local;
    return hop;
  }
  hop.ifindex = route->ifindex;
  hop.gateway = route->has_gateway ? route->gateway : destination;
  const EgressInterface* interface = interface_of(route->ifindex);
  if (interface == nullptr || route->kind == Route::Kind::elsewhere) {
    const bool is_down = std::find(down.begin(), down.end(), route->ifindex) != down.end();
    hop.kind = is_down ? NextHop::Kind::no_route : NextHop::Kind::not_our_port;
    return hop;
  }
  hop.mtu = interface->mtu_for(destination.family, route->mtu);
  const bool as_usual = hop.mtu == interface->mtu_for(hop.gateway.family);
  const auto it = neighbours.find({{hop.ifindex, hop.gateway}, as_usual ? std::uint16_t{0} : hop.mtu});
  if (it == neighbours.end()) {
    hop.kind = NextHop::Kind::unknown_neigh;
    return hop;
  }
  hop.kind = NextHop::Kind::adjacency;
  hop.adj = it->second;
  return hop;
}

}  // namespace hvs
