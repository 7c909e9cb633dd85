// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>

#include "dataplane/conn/connection.h"
#include "dataplane/frame.h"
#include "dataplane/output/fragment.h"
#include "dataplane/output/hop_memo.h"
#include "dataplane/output/neigh_queue.h"
#include "dataplane/output/transmit.h"
#include "model/encap.h"
#include "model/fib.h"
#include "net/headers.h"

namespace hvs {

/// What the routing table said of a packet, as much as sending it needs. Kind adjacency (resolved or not) and
/// unknown_neigh can be sent; anything else has no way out.
struct WayOut {
  NextHop::Kind kind = NextHop::Kind::no_route;
  std::uint16_t mtu = 1500;        // of the way
  AdjIndex adj{};                  // kind adjacency
  const Adjacency* row = nullptr;  // the same row, of this turn's mirror
  // Through a tunnel: what goes in front of the packet, and the outer packet's source. `mtu` is the outer
  // packet's then, and no more than routers have told.
  const Encap* encap = nullptr;
  const IpAddr* source = nullptr;
  // Where the loss of a frame that cannot go at once is counted besides its reason; nullptr: it is no
  // service's.
  ServiceCounters* service = nullptr;
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
    WayOut way;
    way_out(conn, d, way, [&] { return F::to_ip(d == Direction::to_dest ? conn.dest() : conn.client); });
    return way;
  }
  /// The same, where the packet is addressed to what `destination()` returns. Written field by field where it
  /// is needed: copied at once, the CPU would wait until all of them are stored.
  template <typename F, typename Destination>
  void way_out(Connection<F>& conn, Direction d, WayOut& way, Destination&& destination) {
    KnownHop& hop = conn.hop(d);
    if (hop.generation != fib_->generation) [[unlikely]] {
      const IpAddr towards = destination();
      if (!(towards.family == Family::ipv4 ? learn_way<V4>(hop, V4::from(towards))
                                           : learn_way<V6>(hop, V6::from(towards)))) {
        way = way_out(towards);
        return;
      }
    }
    const Adjacency& row = fib_->adjacencies[hop.adj];
    way.kind = NextHop::Kind::adjacency;
    way.mtu = row.mtu;
    way.adj = AdjIndex{hop.adj};
    way.row = &row;
  }
  [[nodiscard]] WayOut way_out(const IpAddr& destination) const;
  /// The same in short: the row of the way, or nullptr when there is none.
  template <typename F>
  [[nodiscard]] const Adjacency* row_of(Connection<F>& conn, Direction d) {
    return row_of<F>(conn.hop(d), [&] { return d == Direction::to_dest ? conn.dest() : conn.client; });
  }
  /// The same for one that knows its next hop there, towards what `destination()` returns.
  template <typename F, typename Destination>
  [[nodiscard]] const Adjacency* row_of(KnownHop& hop, Destination&& destination) {
    if (hop.generation != fib_->generation && !learn_way<F>(hop, destination())) [[unlikely]]
      return nullptr;
    return &fib_->adjacencies[hop.adj];
  }

  /// The row of the way that `hop` knows of; nullptr: none, or none of this mirror.
  [[nodiscard]] const Adjacency* row_of(const KnownHop& hop) const {
    return hop.generation == fib_->generation ? &fib_->adjacencies[hop.adj] : nullptr;
  }

  /// The row of the way to `destination`, as connections to it have it next; nullptr: it has none.
  template <typename To>
  [[nodiscard]] const Adjacency* row_to(const typename To::Addr& destination) {
    const AdjIndex* adj = way_to<To>(destination);
    return adj == nullptr ? nullptr : &fib_->adjacencies[adj->index()];
  }

  /// So many bytes can be put in front of the frame, besides what send() needs itself.
  [[nodiscard]] static bool has_room_in_front(const Frame& frame, unsigned bytes) {
    return frame.mbuf->data_off >= sizeof(VlanTag) + bytes;
  }
  /// Lets the frame begin so many bytes earlier.
  static void grow(Frame& frame, std::uint16_t bytes) {
    frame.mbuf->data_off = static_cast<std::uint16_t>(frame.mbuf->data_off - bytes);
    frame.data -= bytes;
    frame.length += bytes;
  }

  /// fragment_ipv4(), counted; `way` is the one that the pieces take. Exits: drop (fragment_no_buffer).
  [[nodiscard]] unsigned fragment(const Frame& frame, std::uint16_t l3, std::uint16_t end, std::uint16_t mtu,
                                  const WayOut& way, Pieces& pieces);

  /// Sends the IP packet [l3, end) of the frame on its way; takes the frame. A way without a row may be given
  /// an IPv4 packet without DF that is larger than its MTU: that goes in fragments. Exits: drop (no_route,
  /// route_not_ours, neigh_queue_full, fragment_no_buffer, later neigh_unresolved).
  void send(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way) {
    if (way.row == nullptr || !way.row->resolved || way.row->vlan != 0 || l3 < sizeof(EthHdr)) [[unlikely]]
      return send_rare(frame, l3, end, way);
    // The new layer-2 header ends where the packet starts; the rest of the old one, and padding, are cut off.
    const auto start = static_cast<std::uint16_t>(l3 - sizeof(EthHdr));
    write_ethernet(frame.data + start, *way.row, ether_type(frame.data[l3]));
    rte_mbuf* mbuf = frame.mbuf;
    mbuf->data_off = static_cast<std::uint16_t>(mbuf->data_off + start);
    mbuf->data_len = static_cast<std::uint16_t>(end - start);
    mbuf->pkt_len = mbuf->data_len;
    mark_used(way.adj);
    transmit_.add(way.row->port, mbuf);
  }

  /// The same where the layer-2 header's place is known, and the packet no larger than the way's plain_mtu:
  /// the frame is [start, end).
  void send_plain(const Frame& frame, std::uint16_t start, std::uint16_t end, EtherType type,
                  const Adjacency& row, AdjIndex adj) {
    write_ethernet(frame.data + start, row, Be{type});
    rte_mbuf* mbuf = frame.mbuf;
    mbuf->data_off = static_cast<std::uint16_t>(mbuf->data_off + start);
    mbuf->data_len = static_cast<std::uint16_t>(end - start);
    mbuf->pkt_len = mbuf->data_len;
    mark_used(adj);
    transmit_.add(row.port, mbuf);
  }

  /// The same for a packet that is not addressed to where the way leads (mode dr): `towards` does.
  void send_towards(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way,
                    const IpAddr& towards) {
    if (way.row == nullptr || !way.row->resolved) [[unlikely]]
      return send_rare(frame, l3, end, way, &towards);
    send(frame, l3, end, way);
  }

  /// At the end of a turn: what waited for a MAC address and can go now goes.
  void serve_waiting();

 private:
  /// Puts the adjacency of the way into `hop`. `To`: the family of `towards`. False: the way has none.
  template <typename To>
  bool learn_way(KnownHop& hop, const typename To::Addr& towards) {
    static_assert(kMaxAdjacencies - 1 <= std::numeric_limits<decltype(KnownHop::adj)>::max());
    const AdjIndex* adj = way_to<To>(towards);
    if (adj == nullptr || adj->value >= kMaxAdjacencies) [[unlikely]]
      return false;
    hop = {fib_->generation, static_cast<std::uint16_t>(adj->value)};
    return true;
  }
  template <typename To>
  [[nodiscard]] const AdjIndex* way_to(const typename To::Addr& towards) {
    const AdjIndex* adj = memo<To>().find(towards, fib_->generation);
    if (adj == nullptr) [[unlikely]]
      adj = look_up_way<To>(towards);
    return adj;
  }
  /// The same from the routing table, to be remembered; nullptr: it has none.
  template <typename To>
  [[gnu::noinline]] const AdjIndex* look_up_way(const typename To::Addr& towards) {
    const WayOut way = way_out(To::to_ip(towards));
    if (way.kind != NextHop::Kind::adjacency) return nullptr;
    memo<To>().remember(towards, fib_->generation, way.adj);
    return memo<To>().find(towards, fib_->generation);
  }
  template <typename To>
  HopMemo<To>& memo() {
    if constexpr (To::family == Family::ipv4) {
      return memo_v4_;
    } else {
      return memo_v6_;
    }
  }
  static Be<EtherType> ether_type(std::uint8_t first_byte) {
    return Be{(first_byte >> 4) == 6 ? EtherType::ipv6 : EtherType::ipv4};
  }
  static void write_ethernet(std::uint8_t* start, const Adjacency& adj, Be<EtherType> type) {
    std::memcpy(start, &adj.dst, 2 * sizeof(MacAddr));
    reinterpret_cast<EthHdr*>(start)->type = type;
  }
  void mark_used(AdjIndex index) {
    if (index.index() >= kMaxAdjacencies) [[unlikely]]
      return;
    auto& used = adjacency_used_[index.index()];
    if (used.load(std::memory_order_relaxed) == 0) used.store(1, std::memory_order_relaxed);
  }
  void send_rare(const Frame& frame, std::uint16_t l3, std::uint16_t end, const WayOut& way,
                 const IpAddr* towards = nullptr);
  void send_packet(rte_mbuf* packet, const Adjacency& adj, AdjIndex index);
  void wait(rte_mbuf* packet, const WayOut& way, const IpAddr* towards);
  void ask(const NeighKey& key);

  WorkerId self_;
  Fabric& fabric_;
  Transmit& transmit_;
  WorkerCounters& counters_;
  NeighQueue waiting_;
  HopMemo<V4> memo_v4_;
  HopMemo<V6> memo_v6_;
  std::atomic<std::uint8_t>* adjacency_used_;  // the worker box's
  const Fib* fib_ = nullptr;
  std::uint32_t now_ms_ = 0;
};

}  // namespace hvs
