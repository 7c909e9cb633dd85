// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/fib.h"

namespace hvs::netlink {

/// By which MTUs routes lead to neighbours, where it is not the interface's for the neighbour's family: the
/// route has one of its own, or is IPv4's over an IPv6 gateway (RFC 8950). As many entries as there are
/// different ones, not as there are routes.
class RouteMtus {
 public:
  RouteMtus() = default;
  explicit RouteMtus(const std::vector<Route>& routes);

  /// The MTUs of ways to the neighbour that need a row besides its first.
  [[nodiscard]] std::set<std::uint16_t> of(const NeighKey& key, const EgressInterface& interface) const;
  friend bool operator==(const RouteMtus&, const RouteMtus&) = default;

 private:
  using Ways = std::set<std::pair<Family, std::uint16_t>>;  // packets' family, Route::mtu

  /// By gateway. Under an all-zero address: without a gateway, so to any neighbour of that family.
  std::unordered_map<NeighKey, Ways, NeighKeyHash> ways_;
};

}  // namespace hvs::netlink
