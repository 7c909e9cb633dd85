// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/conn/connection.h"

// A connection between a client of one family and a dest of the other is a record of the IPv6 table, in which
// the IPv4 side's addresses stand as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2; docs/adr/0019).
namespace hvs {

constexpr V6::Addr mapped(V4::Addr addr) {
  return {0, 0xffff0000ULL | static_cast<std::uint64_t>(addr) << 32};  // as the bytes lie
}
/// `addr` is a mapped one.
constexpr V4::Addr unmapped(const V6::Addr& addr) { return static_cast<V4::Addr>(addr.hi >> 32); }

inline V6::Addr mapped(const IpAddr& addr) { return addr.is_v4() ? mapped(V4::from(addr)) : V6::from(addr); }

inline FlowKey<V6> mapped(const FlowKey<V4>& key) {
  return {mapped(key.src), mapped(key.dst), key.src_port, key.dst_port, key.protocol};
}

inline const FlowKey<V6>& mapped(const FlowKey<V6>& key) { return key; }

/// Both addresses are mapped ones.
inline FlowKey<V4> unmapped(const FlowKey<V6>& key) {
  return {unmapped(key.src), unmapped(key.dst), key.src_port, key.dst_port, key.protocol};
}

/// Of a connection that crosses.
template <typename F>
[[nodiscard]] bool crossing_arrives_as_v4(const Connection<F>& conn, Direction d) {
  return conn.client_is_v4 == (d == Direction::to_dest);
}
/// The family that frames of direction `d` arrive in; those of a connection that crosses leave in the other.
template <typename F>
[[nodiscard]] Family arrives_as(const Connection<F>& conn, Direction d) {
  if (!conn.crosses) return F::family;
  return crossing_arrives_as_v4(conn, d) ? Family::ipv4 : Family::ipv6;
}

/// An address of the side whose frames have direction `d`, as people and routing tables know it.
template <typename F>
[[nodiscard]] IpAddr address_of(const Connection<F>& conn, const typename F::Addr& addr, Direction d) {
  if constexpr (F::family == Family::ipv6) {
    if (arrives_as(conn, d) == Family::ipv4) return V4::to_ip(unmapped(addr));
  }
  return F::to_ip(addr);
}

}  // namespace hvs
