// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/route_mtus.h"

namespace hvs::netlink {

namespace {

IpAddr any_of(Family family) {
  IpAddr addr;
  addr.family = family;
  return addr;
}

/// Both lead to the same neighbours by the same MTU.
bool alike(const Route& a, const Route& b) {
  return a.mtu == b.mtu && a.ifindex == b.ifindex && a.has_gateway == b.has_gateway &&
         a.gateway == b.gateway && a.prefix.addr.family == b.prefix.addr.family;
}

}  // namespace

RouteMtus::RouteMtus(const std::vector<Route>& routes) {
  const Route* last = nullptr;
  for (const Route& route : routes) {
    const Family family = route.prefix.addr.family;
    const bool as_usual = route.mtu == 0 && (!route.has_gateway || route.gateway.family == family);
    if (as_usual || route.kind != Route::Kind::unicast) continue;
    if (last != nullptr && alike(*last, route)) continue;  // mostly, in a full table
    last = &route;
    ways_[{route.ifindex, route.has_gateway ? route.gateway : any_of(family)}].emplace(family, route.mtu);
  }
}

std::set<std::uint16_t> RouteMtus::of(const NeighKey& key, const EgressInterface& interface) const {
  std::set<std::uint16_t> mtus;
  if (ways_.empty()) return mtus;
  for (const NeighKey& way : {key, NeighKey{key.ifindex, any_of(key.addr.family)}}) {
    const auto found = ways_.find(way);
    if (found == ways_.end()) continue;
    for (const auto& [family, mtu] : found->second) mtus.insert(interface.mtu_for(family, mtu));
  }
  mtus.erase(interface.mtu_for(key.addr.family));
  return mtus;
}

}  // namespace hvs::netlink
