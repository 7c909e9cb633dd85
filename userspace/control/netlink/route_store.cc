// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/route_store.h"

#include <algorithm>
#include <utility>

namespace hvs::netlink {

namespace {

/// The entries that an IPv6 message stands for: one for each next hop.
std::vector<RouteRecord> legs(const RouteRecord& route) {
  if (route.hops.size() < 2) return {route};
  std::vector<RouteRecord> out;
  for (const NextHopRecord& hop : route.hops) {
    out.push_back(route);
    out.back().hops = {hop};
  }
  return out;
}

/// IPv6: entries with a gateway join into one multipath route, those without never do.
bool joins(const RouteRecord& leg) { return !leg.hops.empty() && leg.hops.front().has_gateway; }

bool contains(const RouteStore::List& list, const RouteRecord& route) {
  return std::find(list.begin(), list.end(), route) != list.end();
}

/// IPv6: for the kernel, entries with the same next hop are the same one. It changes its MTU without a
/// message when the link's changes, so what a later message calls it may differ.
bool same_leg(const RouteRecord& a, const RouteRecord& b) {
  RouteRecord other = b;
  other.mtu = a.mtu;
  return a == other;
}

/// The entry is there, and has this MTU now.
bool update_leg(RouteStore::List& list, const RouteRecord& leg) {
  const auto known =
      std::find_if(list.begin(), list.end(), [&](const RouteRecord& r) { return same_leg(r, leg); });
  if (known == list.end()) return false;
  known->mtu = leg.mtu;
  return true;
}

}  // namespace

bool RouteStore::add_dumped(const RouteMessage& message) {
  List& list = map_[message.key];
  if (message.key.prefix.addr.is_v4()) {
    if (contains(list, message.route)) return false;
    list.push_back(message.route);
    return true;
  }
  bool changed = false;
  for (const RouteRecord& leg : legs(message.route)) {
    if (contains(list, leg)) continue;
    if (!update_leg(list, leg)) list.push_back(leg);
    changed = true;
  }
  return changed;
}

bool RouteStore::add(const RouteMessage& message) {
  List& list = map_[message.key];
  return message.key.prefix.addr.is_v4() ? add_ipv4(list, message) : add_ipv6(list, message);
}

// fib_table_insert(): "replace" takes the place of the first, "append" comes last, else first. A message may
// be seen a second time after a dump that knows it already, and must then change nothing.
bool RouteStore::add_ipv4(List& list, const RouteMessage& message) {
  if (contains(list, message.route)) {
    if (message.replace || message.append || list.front() == message.route) return false;
    std::erase(list, message.route);
  }
  if (message.replace && !list.empty()) {
    list.front() = message.route;
  } else {
    list.insert(message.append ? list.end() : list.begin(), message.route);
  }
  return true;
}

// fib6_add_rt2node(): "replace" takes the place of the multipath route as a whole or of the first other
// entry, whichever is of the new one's sort, else of the first; a new leg joins the multipath route, any
// other new entry comes last.
bool RouteStore::add_ipv6(List& list, const RouteMessage& message) {
  const List before = list;
  const List fresh = legs(message.route);
  const bool multipath = joins(fresh.front());
  auto at = list.end();
  if (message.replace) {
    if (!multipath && update_leg(list, fresh.front())) return list != before;
    at = std::find_if(list.begin(), list.end(), [&](const RouteRecord& r) { return joins(r) == multipath; });
    if (at == list.end()) at = list.begin();
    const auto place = at - list.begin();
    if (at != list.end()) list.erase(at);
    if (multipath) std::erase_if(list, joins);  // none lies before the first
    at = list.begin() + place;
  } else if (multipath) {
    at = std::find_if(list.rbegin(), list.rend(), joins).base();
    if (at == list.begin()) at = list.end();
  }
  for (const RouteRecord& leg : fresh) {
    if (!update_leg(list, leg)) at = std::next(list.insert(at, leg));
  }
  return list != before;
}

bool RouteStore::remove(const RouteMessage& message) {
  const auto found = map_.find(message.key);
  if (found == map_.end()) return false;
  List& list = found->second;
  std::size_t erased = 0;
  if (message.key.prefix.addr.is_v4()) {
    erased = std::erase(list, message.route);
  } else {
    for (const RouteRecord& leg : legs(message.route))
      erased += std::erase_if(list, [&](const RouteRecord& r) { return same_leg(r, leg); });
  }
  if (list.empty()) map_.erase(found);
  return erased != 0;
}

template <typename Predicate>
bool RouteStore::drop_if(Predicate gone) {
  bool changed = false;
  for (auto it = map_.begin(); it != map_.end();) {
    const RouteKey& key = it->first;
    changed |= std::erase_if(it->second, [&](const RouteRecord& r) { return gone(key, r); }) != 0;
    it = it->second.empty() ? map_.erase(it) : std::next(it);
  }
  return changed;
}

// fib_sync_down_dev(): addresses of the host stay its own while their interface is down.
bool RouteStore::drop_dead_ipv4(const IsUp& is_up) {
  return drop_if([&](const RouteKey& key, const RouteRecord& route) {
    return key.prefix.addr.is_v4() && route.kind != RouteRecord::Kind::local && !route.hops.empty() &&
           std::none_of(route.hops.begin(), route.hops.end(),
                        [&](const NextHopRecord& hop) { return is_up(hop.ifindex); });
  });
}

bool RouteStore::drop_ipv4_through(std::uint32_t ifindex) {
  return drop_if([&](const RouteKey& key, const RouteRecord& route) {
    return key.prefix.addr.is_v4() && route.hops.size() == 1 && route.hops.front().ifindex == ifindex;
  });
}

bool RouteStore::drop_with_source(const IpAddr& source) {
  return drop_if([&](const RouteKey&, const RouteRecord& route) {
    return route.has_source && route.source == source && route.kind == RouteRecord::Kind::unicast;
  });
}

}  // namespace hvs::netlink
