// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "control/netlink/records.h"

namespace hvs::netlink {

/// All routes of all tables, changed the way the kernel changes them on the same messages. Each key holds the
/// ordered list of routes that the kernel tells apart by more than the key; an IPv6 multipath route is, as
/// in the kernel, one entry per next hop.
class RouteStore {
 public:
  using List = std::vector<RouteRecord>;
  using Map = std::map<RouteKey, List>;
  using IsUp = std::function<bool(std::uint32_t ifindex)>;

  /// A row of a dump: comes after those before it. True: something changed.
  bool add_dumped(const RouteMessage& message);
  bool add(const RouteMessage& message);
  bool remove(const RouteMessage& message);

  // What the kernel does to IPv4 routes without a message of its own.
  /// An interface went down or away: single routes through it are gone, multipath ones with their last hop.
  bool drop_dead_ipv4(const IsUp& is_up);
  /// An interface lost its last IPv4 address: so are all of its routes.
  bool drop_ipv4_through(std::uint32_t ifindex);
  /// An address left the host: routes that name it as their source are gone.
  bool drop_with_source(const IpAddr& source);

  [[nodiscard]] const Map& map() const { return map_; }
  friend bool operator==(const RouteStore&, const RouteStore&) = default;

 private:
  bool add_ipv4(List& list, const RouteMessage& message);
  bool add_ipv6(List& list, const RouteMessage& message);
  template <typename Predicate>
  bool drop_if(Predicate gone);

  Map map_;
};

}  // namespace hvs::netlink
