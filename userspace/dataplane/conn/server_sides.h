// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dataplane/conn/connection.h"

namespace hvs {

/// Where the server sides of a table's IPv6 connections are. Of few LIPs and dests there are few, which the
/// connections have in common: they stay in a near cache, and a packet touches one cache line of its
/// connection. A side is kept as long as a connection has it. A connection that finds no place for its side
/// has one of its own, behind its record.
class ServerSides {
 public:
  struct alignas(64) Place {
    ServerSide<V6> side;
    std::uint32_t users = 0;
  };
  static_assert(sizeof(Place) == 64);
  static constexpr std::size_t kWays = 4;  // places that a side may take, next to each other
  static constexpr unsigned kSetBits = 10;
  static constexpr std::size_t kPlaces = kWays << kSetBits;
  static constexpr std::size_t kBytes = (kPlaces + 1) * sizeof(Place);

  /// `memory`: kBytes, aligned to cache lines, fewer than 2^31 of them away from any record. Touched here, so
  /// that no turn waits for its pages.
  explicit ServerSides(void* memory) : places_(static_cast<Place*>(memory)) {
    for (std::size_t i = 0; i <= kPlaces; ++i) places_[i] = {};
  }

  /// Gives a new record a side to fill in; one record at a time, until keep() or leave().
  void begin(Connection<V6>& conn) const {
    HVS_DCHECK(draft().users == 0);
    draft() = {{}, 1};
    point(conn, draft());
  }
  /// Puts the side that was filled in where it stays; `own` is the record's.
  void keep(Connection<V6>& conn, Place& own) {
    ServerSide<V6>& side = draft().side;
    HVS_DCHECK(&conn.side() == &side);
    draft().users = 0;
    if (conn.mode == ForwardingMode::nat) side.lip = {};  // the client, who stands in the record
    Place* place = &places_[set_of(side) * kWays];
    if (HVS_UNLIKELY(!same(place->side, side))) place = place_in(place, side, own);
    ++place->users;
    point(conn, *place);
  }
  /// At the end of the record.
  void leave(const Connection<V6>& conn, const Place& own) {
    auto* const place = const_cast<Place*>(reinterpret_cast<const Place*>(&conn.side()));
    HVS_DCHECK(place->users != 0);
    // Whoever has it next need not go the same way: the slot may be another dest's by then.
    if (--place->users == 0) place->side.hop = {};
    if (HVS_UNLIKELY(place == &own)) --own_count_;
  }

  /// Connections that have a side of their own, which is to be fetched besides.
  [[nodiscard]] std::uint32_t own_count() const { return own_count_; }

 private:
  // The one that is being filled in comes behind the common ones.
  [[nodiscard]] Place& draft() const { return places_[kPlaces]; }
  /// The place in this set that has the side, or one that it is put in.
  [[gnu::noinline]] Place* place_in(Place* set, const ServerSide<V6>& side, Place& own) {
    Place* unused = nullptr;
    for (Place* place = set; place != set + kWays; ++place) {
      if (same(place->side, side)) return place;
      if (place->users == 0 && unused == nullptr) unused = place;
    }
    if (unused == nullptr) {
      unused = &own;
      ++own_count_;
    }
    *unused = {side, 0};
    return unused;
  }
  static std::size_t set_of(const ServerSide<V6>& side) {
    const std::uint64_t word =
        side.lip.hi ^ side.lip.lo ^ std::uint64_t{side.dest_slot.value} << 16 ^ side.port_pool;
    return word * 0x9e3779b97f4a7c15ULL >> (64 - kSetBits);
  }
  static bool same(const ServerSide<V6>& a, const ServerSide<V6>& b) {
    return a.dest_slot == b.dest_slot && a.dest == b.dest && a.lip == b.lip && a.service == b.service &&
           a.port_pool == b.port_pool;
  }
  static void point(Connection<V6>& conn, const Place& place) {
    const auto bytes = reinterpret_cast<std::intptr_t>(&place) - reinterpret_cast<std::intptr_t>(&conn);
    conn.side_at.lines = static_cast<std::int32_t>(bytes / 64);
  }

  Place* places_;
  std::uint32_t own_count_ = 0;
};

/// A record of a table: for IPv6 with the place that its side has when it is not in common.
template <typename F>
struct Record {
  Connection<F> conn;
};
template <>
struct Record<V6> {
  Connection<V6> conn;
  ServerSides::Place own;
};
static_assert(offsetof(Record<V4>, conn) == 0 && offsetof(Record<V6>, conn) == 0);
static_assert(sizeof(Record<V4>) == 64 && sizeof(Record<V6>) == 128);

}  // namespace hvs
