// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/route_select.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace hvs::netlink {

namespace {

constexpr unsigned kUnused = std::numeric_limits<unsigned>::max();

/// The order in which a family's tables are asked.
class TableOrder {
 public:
  TableOrder(const MirrorState& state, Family family) {
    for (const RuleRecord& rule : state.rules()) {
      if (rule.family == family) add(rule.table);
    }
    if (!tables_.empty()) return;  // a kernel without policy routing has no rules
    for (const std::uint32_t table : {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT}) add(table);
  }
  [[nodiscard]] unsigned rank(std::uint32_t table) const {
    const auto at = std::find(tables_.begin(), tables_.end(), table);
    return at == tables_.end() ? kUnused : static_cast<unsigned>(at - tables_.begin());
  }

 private:
  void add(std::uint32_t table) {
    if (std::find(tables_.begin(), tables_.end(), table) == tables_.end()) tables_.push_back(table);
  }
  std::vector<std::uint32_t> tables_;
};

const NextHopRecord* alive_hop(const MirrorState& state, const RouteRecord& route) {
  const NextHopRecord* best = nullptr;
  for (const NextHopRecord& hop : route.hops) {
    const auto link = state.links().find(hop.ifindex);
    if (link == state.links().end() || !link->second.up) continue;
    if (link->second.carrier) return &hop;
    if (best == nullptr) best = &hop;
  }
  return best;
}

std::optional<Route> usable(const MirrorState& state, const RouteKey& key, const RouteRecord& record) {
  Route route;
  route.prefix = key.prefix;
  route.metric = key.metric;
  route.gateway.family = key.prefix.addr.family;
  switch (record.kind) {
    case RouteRecord::Kind::pass_on: return std::nullopt;
    case RouteRecord::Kind::unreachable: route.kind = Route::Kind::unreachable; return route;
    case RouteRecord::Kind::local:
      route.kind = Route::Kind::local;
      if (!record.hops.empty()) route.ifindex = record.hops.front().ifindex;
      return route;
    case RouteRecord::Kind::unicast: break;
  }
  const NextHopRecord* hop = alive_hop(state, record);
  if (hop == nullptr) return std::nullopt;
  if (hop->encapsulates) route.kind = Route::Kind::elsewhere;
  route.mtu = record.mtu;
  route.ifindex = hop->ifindex;
  route.gateway = hop->gateway;
  route.has_gateway = hop->has_gateway;
  return route;
}

/// The best of a list with one key; a higher RFC 4191 preference first, then a link with a carrier, then
/// order.
std::optional<Route> best_of(const MirrorState& state, const RouteKey& key, const RouteStore::List& list) {
  std::optional<Route> best;
  std::pair<int, bool> best_rank;
  for (const RouteRecord& record : list) {
    auto route = usable(state, key, record);
    if (!route) continue;
    const auto link = state.links().find(route->ifindex);
    const std::pair<int, bool> rank{record.preference, link != state.links().end() && link->second.carrier};
    if (best && rank <= best_rank) continue;
    best = route;
    best_rank = rank;
  }
  return best;
}

/// The prefixes around the current one, outermost first, each with the earliest rank up to it.
class Enclosing {
 public:
  /// The earliest rank of the prefixes that contain this one.
  unsigned enter(const IpPrefix& prefix) {
    while (!open_.empty() && !contains(open_.back().first, prefix)) open_.pop_back();
    return open_.empty() ? kUnused : open_.back().second;
  }
  void open(const IpPrefix& prefix, unsigned rank) { open_.emplace_back(prefix, rank); }

 private:
  static bool contains(const IpPrefix& outer, const IpPrefix& inner) {
    return outer.length <= inner.length && outer.contains(inner.addr);
  }
  std::vector<std::pair<IpPrefix, unsigned>> open_;
};

}  // namespace

std::vector<Route> select_routes(const MirrorState& state) {
  const std::array orders = {TableOrder(state, Family::ipv4), TableOrder(state, Family::ipv6)};
  const RouteStore::Map& map = state.routes().map();
  std::vector<Route> out;
  out.reserve(map.size());
  Enclosing enclosing;
  for (auto it = map.begin(); it != map.end();) {
    const IpPrefix prefix = it->first.prefix;
    const TableOrder& order = orders[prefix.addr.is_v4() ? 0 : 1];
    std::optional<Route> best;
    unsigned best_rank = kUnused;
    for (; it != map.end() && it->first.prefix == prefix; ++it) {
      const unsigned rank = order.rank(it->first.table);
      if (rank >= best_rank) continue;  // a table's metrics ascend: its first usable route is its best
      auto route = best_of(state, it->first, it->second);
      if (!route) continue;
      best = route;
      best_rank = rank;
    }
    if (!best) continue;
    const unsigned outer_rank = enclosing.enter(prefix);
    if (outer_rank < best_rank) continue;  // the earlier table answers for all of this prefix
    enclosing.open(prefix, best_rank);
    out.push_back(*best);
  }
  return out;
}

}  // namespace hvs::netlink
