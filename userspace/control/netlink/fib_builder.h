// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "control/netlink/adjacency_table.h"
#include "control/netlink/mirror.h"
#include "control/netlink/mirror_state.h"
#include "control/netlink/route_mtus.h"
#include "model/fib.h"

namespace hvs::netlink {

/// Turns states into Fibs and keeps what must hold from one to the next: the rows of neighbours, the
/// generation, and the route table while no route changed. Pure: the clock is the caller's.
class FibBuilder {
 public:
  using Clock = AdjacencyTable::Clock;

  FibBuilder(std::vector<MirroredPort> ports, std::size_t max_rows)
      : ports_(std::move(ports)), adjacencies_(max_rows) {}

  void set_ports(std::vector<MirroredPort> ports) {
    ports_ = std::move(ports);
    interfaces_stale_ = true;
  }
  /// Takes note of what changed; nothing is computed yet.
  void note(const Changes& changes, const MirrorState& state, Clock::time_point now);
  /// Another state took the place of the one before (a resync).
  void note_all() { interfaces_stale_ = routes_stale_ = true; }
  [[nodiscard]] bool routes_stale() const { return routes_stale_; }
  [[nodiscard]] bool interfaces_stale() const { return interfaces_stale_; }
  /// Gives back the rows of neighbours that are gone since `deadline`.
  void free_rows(Clock::time_point deadline);

  /// The Fib of now, or nullptr when it equals the one before. Without `with_routes` the route table stays
  /// the old one, however stale.
  std::shared_ptr<const Fib> build(const MirrorState& state, bool with_routes, Clock::time_point now);

  [[nodiscard]] const AdjacencyTable& adjacencies() const { return adjacencies_; }
  [[nodiscard]] const EgressInterface* interface_of(std::uint32_t ifindex) const;
  /// Things about the ports that a person should know.
  [[nodiscard]] std::vector<std::string> limitations(const MirrorState& state) const;

 private:
  void refresh(const NeighKey& key, const MirrorState& state, Clock::time_point now);
  void refresh_all(const MirrorState& state, Clock::time_point now);
  void rebuild_interfaces(const MirrorState& state, Clock::time_point now);
  void rebuild_routes(const MirrorState& state, Clock::time_point now);

  std::vector<MirroredPort> ports_;
  AdjacencyTable adjacencies_;
  std::vector<EgressInterface> interfaces_;
  std::vector<std::uint32_t> down_;
  std::vector<MacAddr> port_macs_;
  std::shared_ptr<const RouteTable> routes_ = std::make_shared<RouteTable>(std::vector<Route>{});
  RouteMtus route_mtus_;  // of routes_
  std::uint32_t generation_ = 1;
  bool interfaces_stale_ = true;
  bool routes_stale_ = true;
  bool changed_ = true;  // since the last Fib; the first is always published
};

}  // namespace hvs::netlink
