// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/conn/connection.h"
#include "dataplane/frame.h"
#include "dataplane/output/neigh_queue.h"
#include "dataplane/output/transmit.h"
#include "model/fib.h"

namespace hvs {

/// Next hop, layer-2 header, transmission. The next hop of a connection is looked up once per direction and
/// kept in the connection until the kernel's routes change.
class Output {
 public:
  Output(WorkerId self, Fabric& fabric, Transmit& transmit, WorkerCounters& counters);

  /// At the start of a turn: the mirror that this turn uses, and the time.
  void begin(const Fib& fib, std::uint32_t now_ms);

  /// Where frames of `conn` in direction `d` go. Kind adjacency (resolved or not) or unknown_neigh: send();
  /// anything else has no way out.
  template <typename F>
  [[nodiscard]] NextHop next_hop(Connection<F>& conn, Direction d) {
    const auto i = static_cast<unsigned>(d);
    if (conn.adj_generation[i] == fib_->generation) [[likely]] {
      NextHop hop;
      hop.kind = NextHop::Kind::adjacency;
      hop.adj = conn.adj[i];
      return hop;
    }
    const NextHop hop = fib_->next_hop(F::to_ip(d == Direction::to_dest ? conn.dest : conn.client));
    if (hop.kind == NextHop::Kind::adjacency) {
      conn.adj[i] = hop.adj;
      conn.adj_generation[i] = fib_->generation;
    }
    return hop;
  }
  [[nodiscard]] NextHop next_hop(const IpAddr& destination) const { return fib_->next_hop(destination); }
  /// MTU of the way out; of an unresolved next hop, of its interface.
  [[nodiscard]] std::uint16_t mtu(const NextHop& hop) const;

  /// Sends the IP packet [l3, end) of the frame to the next hop; takes the frame.
  /// Exits: drop (no_route, route_not_ours, neigh_queue_full, later neigh_unresolved).
  void send(const Frame& frame, std::uint16_t l3, std::uint16_t end, const NextHop& hop);

  /// At the end of a turn: what waited for a MAC address and can go now goes.
  void serve_waiting();

 private:
  void send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index);
  void wait(rte_mbuf* packet, const NeighKey& key);
  void ask(const NeighKey& key);

  WorkerId self_;
  Fabric& fabric_;
  Transmit& transmit_;
  WorkerCounters& counters_;
  NeighQueue waiting_;
  const Fib* fib_ = nullptr;
  std::uint32_t now_ms_ = 0;
};

}  // namespace hvs
