// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "dataplane/conn/connection.h"
#include "dataplane/frame.h"
#include "dataplane/output/neigh_queue.h"
#include "dataplane/output/transmit.h"
#include "model/fib.h"
#include "net/headers.h"

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
  void send(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way) {
    if (way.kind != NextHop::Kind::adjacency) [[unlikely]]
      return wait_for_way(frame, l3, end, way.kind);
    const Adjacency& adj = fib_->adjacencies[way.adj.index()];
    keep_packet(frame.mbuf, l3, end);
    if (!adj.resolved) [[unlikely]]
      return wait(frame.mbuf);
    send_packet(frame.mbuf, adj, way.adj);
  }

  /// At the end of a turn: what waited for a MAC address and can go now goes.
  void serve_waiting();

 private:
  static void keep_packet(rte_mbuf* mbuf, std::uint16_t l3, std::uint16_t end);
  void send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index);
  void wait_for_way(const Frame& frame, std::uint16_t l3, std::uint16_t end, NextHop::Kind kind);
  void wait(rte_mbuf* packet);
  void ask(const NeighKey& key);

  WorkerId self_;
  Fabric& fabric_;
  Transmit& transmit_;
  WorkerCounters& counters_;
  NeighQueue waiting_;
  std::atomic<std::uint8_t>* adjacency_used_;  // the worker box's
  const Fib* fib_ = nullptr;
  std::uint32_t now_ms_ = 0;
};

/// Cuts the mbuf down to the IP packet: what the sender's layer 2 put around it is gone, padding included.
inline void Output::keep_packet(rte_mbuf* mbuf, std::uint16_t l3, std::uint16_t end) {
  mbuf->data_off = static_cast<std::uint16_t>(mbuf->data_off + l3);
  mbuf->data_len = static_cast<std::uint16_t>(end - l3);
  mbuf->pkt_len = mbuf->data_len;
}

inline void Output::send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index) {
  const bool v6 = (*rte_pktmbuf_mtod(packet, const std::uint8_t*) >> 4) == 6;
  const Be<EtherType> type{v6 ? EtherType::ipv6 : EtherType::ipv4};
  const bool tagged = adj.vlan != 0;
  const std::uint16_t size = sizeof(EthHdr) + (tagged ? sizeof(VlanTag) : 0);
  char* start = rte_pktmbuf_prepend(packet, size);
  HVS_CHECK(start != nullptr);  // the port's headroom and the frame's own header leave room
  std::memcpy(start, &adj.dst, 2 * sizeof(MacAddr));
  auto& eth = *reinterpret_cast<EthHdr*>(start);
  eth.type = type;
  if (tagged) [[unlikely]] {
    eth.type = Be{EtherType::vlan};
    *reinterpret_cast<VlanTag*>(start + sizeof(EthHdr)) = {Be16{adj.vlan}, type};
  }
  if (index.index() < kMaxAdjacencies) {
    auto& used = adjacency_used_[index.index()];
    if (used.load(std::memory_order_relaxed) == 0) used.store(1, std::memory_order_relaxed);
  }
  transmit_.add(adj.port, packet);
}

}  // namespace hvs
