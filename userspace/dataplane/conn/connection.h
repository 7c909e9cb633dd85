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

/// A tracked pair of flows: client <-> VIP on one side, LIP <-> dest on the other. Mode nat: the dest sees
/// the client itself, which stands in the LIP's place. Modes dr and tunnel: the dest answers the client
/// without us, so there is no second flow. All that a packet of an established connection needs lies in it:
/// one cache line for IPv4, two for IPv6. No timer object: `stamp` and `idle_limit` say when it ends. Ports
/// are raw (network byte order).
template <typename F>
struct alignas(64) Connection {
  // Source and destination of to_dest frames, then of to_client frames: key() relies on it.
  typename F::Addr client{};
  typename F::Addr vip{};
  typename F::Addr dest{};
  typename F::Addr lip{};
  std::uint16_t client_port = 0;
  std::uint16_t vip_port = 0;
  std::uint16_t dest_port = 0;
  std::uint16_t lip_port = 0;
  std::uint32_t stamp_ms = 0;       // last packet in either direction
  std::uint32_t idle_limit_ms = 0;  // 0: record is free
  ServiceSlot service;
  DestSlot dest_slot;
  AdjIndex adj[2];  // by Direction, valid while adj_generation matches the Fib's
  std::uint32_t adj_generation[2] = {};
  std::uint16_t port_pool = 0;
  // TCP: the low bits of what acknowledges the last FIN, in close_wait the dest's, in last_ack the client's.
  std::uint16_t fin_mark = 0;
  std::uint8_t protocol = 0;
  TcpState state = TcpState::none;
  ForwardingMode mode = ForwardingMode::fullnat;
  bool replied : 1 = false;
  bool assured : 1 = false;     // UDP: the client went on after an answer
  bool one_packet : 1 = false;  // UDP: not found by the client's key, each datagram is placed for itself
  bool persistent : 1 = false;  // it holds its client's template
  // Client and dest are of different families (conn/mapped.h); which of them is of IPv4.
  bool crosses : 1 = false;
  bool client_is_v4 : 1 = false;
  bool dest_done : 1 = false;  // TCP in last_ack: the client's FIN has acknowledged the dest's
  // Mode nat, UDP: not found by the dest's answers, which another connection of the client's port has.
  bool answers_lent : 1 = false;

  /// The tuple of the frames of direction `d`.
  [[nodiscard]] FlowKey<F> key(Direction d) const {
    const auto i = static_cast<std::size_t>(d);
    using Addr = typename F::Addr;
    constexpr std::size_t kPorts = 4 * sizeof(Addr);
    return {field<Addr>(2 * i * sizeof(Addr)), field<Addr>((2 * i + 1) * sizeof(Addr)),
            field<std::uint16_t>(kPorts + 4 * i), field<std::uint16_t>(kPorts + 4 * i + 2), protocol};
  }
  /// Mode nat: what the one end of a frame of direction `d` becomes that is not the client. The destination
  /// of to_dest frames is then the dest, the source of to_client frames the VIP.
  struct End {
    typename F::Addr addr;
    std::uint16_t port;  // raw
  };
  [[nodiscard]] End other_end(Direction d) const {
    const std::size_t i = 2 - static_cast<std::size_t>(d);
    using Addr = typename F::Addr;
    return {field<Addr>(i * sizeof(Addr)), field<std::uint16_t>(4 * sizeof(Addr) + 2 * i)};
  }
  /// key(d) == key, in few and wide loads: what nearly every packet asks. Not for a key that was written just
  /// now, field by field: the CPU cannot forward several stores to one load.
  [[nodiscard]] bool has_key(Direction d, const FlowKey<F>& key) const {
    const auto i = static_cast<std::size_t>(d);
    using Addr = typename F::Addr;
    constexpr std::size_t kPorts = 4 * sizeof(Addr);
    const auto rest = (load<std::uint32_t>(this, kPorts + 4 * i) ^ load<std::uint32_t>(&key, kPorts / 2)) |
                      static_cast<std::uint32_t>(protocol ^ key.protocol);
    if constexpr (F::family == Family::ipv4) {
      return ((load<std::uint64_t>(this, 8 * i) ^ load<std::uint64_t>(&key, 0)) | rest) == 0;
    } else {
      return (field<Addr>(2 * i * sizeof(Addr)) == key.src) &
             (field<Addr>((2 * i + 1) * sizeof(Addr)) == key.dst) & (rest == 0);
    }
  }
  /// Counts as active for schedulers: TCP until one side closes, as in IPVS, where half-open connections are
  /// load, too; SCTP while established; UDP, which stays in its first state, always.
  [[nodiscard]] bool active() const {
    return begins_active(protocol) ? state <= TcpState::established : state == TcpState::established;
  }
  [[nodiscard]] bool expired(std::uint32_t now_ms) const { return now_ms - stamp_ms > idle_limit_ms; }

 private:
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
static_assert(offsetof(Connection<V4>, dest) == 8 && offsetof(Connection<V4>, client_port) == 16);
static_assert(offsetof(Connection<V6>, dest) == 32 && offsetof(Connection<V6>, client_port) == 64);
static_assert(sizeof(Connection<V4>) == 64);
static_assert(sizeof(Connection<V6>) == 128);

}  // namespace hvs
