// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/conn/flow_key.h"
#include "dataplane/conn/tcp_state.h"
#include "model/ids.h"
#include "model/names.h"

namespace hvs {

/// Both directions of a connection pass through us; else the dest answers the client by itself.
constexpr bool sees_replies(ForwardingMode mode) { return mode <= ForwardingMode::snat; }
static_assert(sees_replies(ForwardingMode::nat) && !sees_replies(ForwardingMode::dr) &&
              !sees_replies(ForwardingMode::tunnel));
/// Frames to the dest come from a local port of ours.
constexpr bool has_local_port(ForwardingMode mode) {
  return mode == ForwardingMode::fullnat || mode == ForwardingMode::snat;
}

/// A connection of that protocol is load from its first packet on: IPVS counts TCP so, and SCTP not.
constexpr bool begins_active(std::uint8_t protocol) {
  return protocol != static_cast<std::uint8_t>(IpProto::sctp);
}

/// The next hop of one direction's frames, as the Fib of that generation has it; 0: not asked yet.
struct [[gnu::packed]] KnownHop {
  std::uint32_t generation = 0;
  std::uint16_t adj = 0;  // AdjIndex
};

/// What a connection has towards its dest. It is part of an IPv4 connection's record; IPv6 connections of the
/// same dest and LIP have it in common (conn/server_sides.h), so that their records are one cache line, too.
template <typename F>
struct ServerSide {
  // As client and VIP stand in the record: Connection::key() relies on it.
  typename F::Addr dest{};
  typename F::Addr lip{};
  ServiceSlot service;
  DestSlot dest_slot;
  KnownHop hop;  // of to_dest frames
  std::uint16_t port_pool = 0;
};

/// Where it is: in the record,
template <typename F>
struct SideAt {
  ServerSide<F> own;
};
/// or so many cache lines from the record's beginning on.
template <>
struct SideAt<V6> {
  std::int32_t lines = 0;
};

/// A tracked pair of flows: client <-> VIP on one side, LIP <-> dest on the other. Mode nat: the dest sees
/// the client itself, which stands in the LIP's place. Modes dr and tunnel: the dest answers the client
/// without us, so there is no second flow. All that a packet of an established connection needs lies in one
/// cache line, and for IPv6 in the server side. No timer object: `stamp` and `idle_limit` say when it ends.
/// Ports are raw (network byte order).
template <typename F>
struct alignas(64) Connection {
  // Source and destination of to_dest frames; those of to_client frames begin the server side.
  typename F::Addr client{};
  typename F::Addr vip{};
  std::uint16_t client_port = 0;
  std::uint16_t vip_port = 0;
  std::uint16_t dest_port = 0;
  std::uint16_t lip_port = 0;
  KnownHop client_hop;              // of to_client frames
  std::uint16_t fin_mark = 0;       // TCP: see mark_fin()
  std::uint32_t stamp_ms = 0;       // last packet in either direction
  std::uint32_t idle_limit_ms = 0;  // 0: record is free
  std::uint8_t protocol = 0;
  TcpState state = TcpState::none;
  ForwardingMode mode = ForwardingMode::fullnat;
  bool replied : 1 = false;     // not TCP
  bool assured : 1 = false;     // UDP: the client went on after an answer
  bool one_packet : 1 = false;  // UDP: not found by the client's key, each datagram is placed for itself
  bool persistent : 1 = false;  // it holds its client's template
  // Client and dest are of different families (conn/mapped.h); which of them is of IPv4.
  bool crosses : 1 = false;
  bool client_is_v4 : 1 = false;
  bool dest_done : 1 = false;  // TCP in last_ack: the client's FIN has acknowledged the dest's
  // Mode nat, UDP: not found by the dest's answers, which another connection of the client's port has.
  bool answers_lent : 1 = false;
  SideAt<F> side_at;

  /// Written before the connection is inserted; afterwards others may have the same.
  [[nodiscard]] ServerSide<F>& side() {
    return *reinterpret_cast<ServerSide<F>*>(reinterpret_cast<char*>(this) + side_offset());
  }
  /// Becomes what `other` is, for a table that it is not in yet.
  void become(const Connection& other) {
    const SideAt<F> kept = side_at;
    *this = other;
    if constexpr (F::family == Family::ipv6) {
      side_at = kept;
      side() = other.side();
    }
  }
  /// What frames of that key come from and go to, of to_dest.
  void set_client(const FlowKey<F>& key) {
    static_assert(offsetof(Connection, vip_port) == offsetof(FlowKey<F>, dst_port));
    std::memcpy(static_cast<void*>(this), &key, offsetof(FlowKey<F>, dst_port) + sizeof key.dst_port);
  }
  [[nodiscard]] const ServerSide<F>& side() const {
    return *reinterpret_cast<const ServerSide<F>*>(bytes() + side_offset());
  }
  [[nodiscard]] const typename F::Addr& dest() const { return side().dest; }
  /// In mode nat the client.
  [[nodiscard]] const typename F::Addr& lip() const {
    if constexpr (F::family == Family::ipv6) {
      if (mode == ForwardingMode::nat) return client;
    }
    return side().lip;
  }
  [[nodiscard]] ServiceSlot service() const { return side().service; }
  [[nodiscard]] DestSlot dest_slot() const { return side().dest_slot; }
  [[nodiscard]] std::uint16_t port_pool() const { return side().port_pool; }
  /// What frames of direction `d` become, and by which way they go: of the server side for to_dest, else of
  /// the record, where the same things are at the same places. Found once for a frame, by one selection that
  /// is no branch, since the direction changes from frame to frame. Not for mode nat: see other_end().
  class There {
   public:
    There(Connection& conn, ServerSide<F>& side, Direction d)
        : at_(d == Direction::to_dest ? reinterpret_cast<char*>(&side) : reinterpret_cast<char*>(&conn)) {}
    [[nodiscard]] KnownHop& hop() const {
      static_assert(offsetof(ServerSide<F>, hop) == offsetof(Connection, client_hop));
      return *reinterpret_cast<KnownHop*>(at_ + offsetof(ServerSide<F>, hop));
    }
    [[nodiscard]] typename F::Addr src() const {
      return load<typename F::Addr>(at_, sizeof(typename F::Addr));
    }
    [[nodiscard]] typename F::Addr dst() const { return load<typename F::Addr>(at_, 0); }

   private:
    char* at_;
  };
  [[nodiscard]] KnownHop& hop(Direction d) { return There(*this, side(), d).hop(); }
  /// The ports that go with it (raw).
  [[nodiscard]] std::uint16_t src_port_there(Direction d) const {
    return field<std::uint16_t>(kPorts + 6 - 4 * static_cast<std::size_t>(d));
  }
  [[nodiscard]] std::uint16_t dst_port_there(Direction d) const {
    return field<std::uint16_t>(kPorts + 4 - 4 * static_cast<std::size_t>(d));
  }

  /// The tuple of the frames of direction `d`.
  [[nodiscard]] FlowKey<F> key(Direction d) const {
    using Addr = typename F::Addr;
    const auto i = static_cast<std::size_t>(d);
    const char* const ends = bytes() + offset_of(d);
    return {load<Addr>(ends, 0), load<Addr>(end_to(d, ends), 0), field<std::uint16_t>(kPorts + 4 * i),
            field<std::uint16_t>(kPorts + 4 * i + 2), protocol};
  }
  /// Mode nat: what the one end of a frame of direction `d` becomes that is not the client. The destination
  /// of to_dest frames is then the dest, the source of to_client frames the VIP.
  struct End {
    typename F::Addr addr;
    std::uint16_t port;  // raw
  };
  [[nodiscard]] End other_end(Direction d) const {
    const std::size_t to_client = static_cast<std::size_t>(d);
    const std::size_t at = to_client != 0 ? offsetof(Connection, vip) : side_offset();
    return {field<typename F::Addr>(at), field<std::uint16_t>(kPorts + 4 - 2 * to_client)};
  }
  /// key(d) == key, in few and wide loads: what nearly every packet asks. Not for a key that was written just
  /// now, field by field: the CPU cannot forward several stores to one load.
  [[nodiscard]] bool has_key(Direction d, const FlowKey<F>& key) const {
    using Addr = typename F::Addr;
    const auto i = static_cast<std::size_t>(d);
    const char* const ends = bytes() + offset_of(d);
    const auto rest = (field<std::uint32_t>(kPorts + 4 * i) ^ load<std::uint32_t>(&key, kPorts)) |
                      static_cast<std::uint32_t>(protocol ^ key.protocol);
    if constexpr (F::family == Family::ipv4) {
      return ((load<std::uint64_t>(ends, 0) ^ load<std::uint64_t>(&key, 0)) | rest) == 0;
    } else {
      return (load<Addr>(ends, 0) == key.src) & (load<Addr>(end_to(d, ends), 0) == key.dst) & (rest == 0);
    }
  }
  /// TCP: notes what acknowledges the last FIN, in close_wait the dest's, in last_ack the client's. There is
  /// room for its low 18 bits; two of them are flags that TCP has no other use for.
  static constexpr std::uint32_t kFinMarks = 1U << 18U;
  void mark_fin(std::uint32_t acknowledgement) {
    fin_mark = static_cast<std::uint16_t>(acknowledgement);
    replied = (acknowledgement >> 16U & 1) != 0;
    assured = (acknowledgement >> 17U & 1) != 0;
  }
  /// By how much that is more than `acknowledgement`, modulo kFinMarks; 0: this is it.
  [[nodiscard]] std::uint32_t short_of_fin(std::uint32_t acknowledgement) const {
    const std::uint32_t mark = fin_mark | std::uint32_t{replied} << 16U | std::uint32_t{assured} << 17U;
    return (mark - acknowledgement) % kFinMarks;
  }
  /// Counts as active for schedulers: TCP until one side closes, as in IPVS, where half-open connections are
  /// load, too; SCTP while established; UDP, which stays in its first state, always.
  [[nodiscard]] bool active() const { return active_in(state); }
  [[nodiscard]] bool active_in(TcpState in) const {
    return begins_active(protocol) ? in <= TcpState::established : in == TcpState::established;
  }
  [[nodiscard]] bool expired(std::uint32_t now_ms) const { return now_ms - stamp_ms > idle_limit_ms; }

 private:
  static constexpr std::size_t kPorts = 2 * sizeof(typename F::Addr);

  [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this); }
  [[nodiscard]] std::size_t side_offset() const {
    if constexpr (F::family == Family::ipv4) {
      return offsetof(Connection, side_at);
    } else {
      return static_cast<std::size_t>(std::int64_t{side_at.lines} * 64);
    }
  }
  /// Where the addresses of the frames of direction `d` are: counted with and not branched upon, since it
  /// changes from frame to frame.
  [[nodiscard]] std::size_t offset_of(Direction d) const {
    return side_offset() & (std::size_t{0} - static_cast<std::size_t>(d));
  }
  /// The second of them: in mode nat to_client frames are addressed to the client.
  [[nodiscard]] const char* end_to(Direction d, const char* ends) const {
    const char* const second = ends + sizeof(typename F::Addr);
    if constexpr (F::family == Family::ipv6) {
      const bool to_client = static_cast<bool>(d) & (mode == ForwardingMode::nat);
      return to_client ? bytes() : second;
    }
    return second;
  }
  template <typename T>
  [[nodiscard]] static T load(const void* from, std::size_t offset) {
    T value;
    std::memcpy(&value, static_cast<const char*>(from) + offset, sizeof value);
    return value;
  }
  template <typename T>
  [[nodiscard]] T field(std::size_t offset) const {
    return load<T>(this, offset);
  }
};
static_assert(offsetof(Connection<V4>, client_port) == 8 && offsetof(Connection<V6>, client_port) == 32);
static_assert(offsetof(ServerSide<V4>, lip) == 4 && offsetof(ServerSide<V6>, lip) == 16);
static_assert(sizeof(Connection<V4>) == 64 && sizeof(Connection<V6>) == 64);

/// One that is in no table, and so has its server side with it.
template <typename F>
struct LooseConnection : Connection<F> {};
template <>
struct LooseConnection<V6> : Connection<V6> {
  alignas(64) ServerSide<V6> with_it;
  LooseConnection() {
    static_assert(sizeof(LooseConnection) == 128);  // the record, and the line behind it
    side_at.lines = 1;
  }
};

}  // namespace hvs
