// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/fib.h"

#include <algorithm>

namespace hvs {

namespace {

IpAddr masked(const IpAddr& addr, std::uint8_t length) {
  IpAddr out = addr;
  const std::size_t size = addr.is_v4() ? 4 : 16;
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned before = static_cast<unsigned>(i) * 8;
    if (before >= length) {
      out.bytes[i] = 0;
    } else if (before + 8 > length) {
      out.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> (length - before));
    }
  }
  return out;
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (std::uint32_t row = 0; row < routes_.size(); ++row) {
    const Route& route = routes_[row];
    auto& levels = route.prefix.addr.is_v4() ? v4_ : v6_;
    auto level = std::find_if(levels.begin(), levels.end(),
                              [&](const Level& l) { return l.length == route.prefix.length; });
    if (level == levels.end()) level = levels.insert(levels.end(), Level{route.prefix.length, {}});
    const auto [it, fresh] = level->rows.emplace(masked(route.prefix.addr, route.prefix.length), row);
    if (!fresh && route.metric < routes_[it->second].metric) it->second = row;
  }
  const auto longest_first = [](const Level& a, const Level& b) { return a.length > b.length; };
  std::sort(v4_.begin(), v4_.end(), longest_first);
  std::sort(v6_.begin(), v6_.end(), longest_first);
}

const Route* RouteTable::lookup(const IpAddr& addr) const {
  for (const Level& level : addr.is_v4() ? v4_ : v6_) {
    const auto it = level.rows.find(masked(addr, level.length));
    if (it != level.rows.end()) return &routes_[it->second];
  }
  return nullptr;
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
      if (a.family == family) return &a;
    }
  }
  return nullptr;
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
  if (interface_of(route->ifindex) == nullptr) {
    hop.kind = NextHop::Kind::not_our_port;
    return hop;
  }
  const auto it = neighbours.find(NeighKey{hop.ifindex, hop.gateway});
  if (it == neighbours.end()) {
    hop.kind = NextHop::Kind::unknown_neigh;
    return hop;
  }
  hop.kind = NextHop::Kind::adjacency;
  hop.adj = it->second;
  return hop;
}

}  // namespace hvs
