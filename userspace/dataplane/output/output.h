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

/// What the routing table said of a packet, as much as sending it needs. Kind adjacency (resolved or not) and
/// unknown_neigh can be sent; anything else has no way out.
struct WayOut {
  NextHop::Kind kind = NextHop::Kind::no_route;
  std::uint16_t mtu = 1500;  // of the way; of an unresolved next hop, of its interface
  AdjIndex adj{};            // kind adjacency
  [[nodiscard]] bool exists() const {
    return kind == NextHop::Kind::adjacency || kind == NextHop::Kind::unknown_neigh;
  }
};

/// Next hop, layer-2 header, transmission. The next hop of a connection is looked up once per direction and
/// kept in the connection until the kernel's routes change.
class Output {
 public:
  Output(WorkerId self, Fabric& fabric, Transmit& transmit, WorkerCounters& counters);

  /// At the start of a turn: the mirror that this turn uses, and the time.
  void begin(const Fib& fib, std::uint32_t now_ms);

  /// Where frames of `conn` in direction `d` go.
  template <typename F>
  [[nodiscard]] WayOut way_out(Connection<F>& conn, Direction d) {
    const auto i = static_cast<unsigned>(d);
    if (conn.adj_generation[i] != fib_->generation) [[unlikely]] {
      const WayOut way = way_out(F::to_ip(d == Direction::to_dest ? conn.dest : conn.client));
      if (way.kind != NextHop::Kind::adjacency) return way;
      conn.adj[i] = way.adj;
      conn.adj_generation[i] = fib_->generation;
    }
    return {NextHop::Kind::adjacency, fib_->adjacencies[conn.adj[i].index()].mtu, conn.adj[i]};
  }
  [[nodiscard]] WayOut way_out(const IpAddr& destination) const;

  /// Sends the IP packet [l3, end) of the frame on its way; takes the frame.
  /// Exits: drop (no_route, route_not_ours, neigh_queue_full, later neigh_unresolved).
  void send(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way);

  /// At the end of a turn: what waited for a MAC address and can go now goes.
  void serve_waiting();

 private:
  void send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index);
  void wait(rte_mbuf* packet);
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
