// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "model/ids.h"
#include "model/names.h"
#include "net/ip_addr.h"

// Tables of the schedulers that place by a hash (dh, sh, mh, conhash). Control makes them (control/compile),
// workers only read them. Every node makes the same table of the same dests, in whatever order its file names
// them.
namespace hvs {

/// Entries of a table are ranks of 16 bits.
inline constexpr std::uint32_t kMaxPlacedDests = 65535;

/// conhash: points on the ring for each share of a dest, and of all at most (8 MiB).
inline constexpr std::uint64_t kRingPoints = 160;
inline constexpr std::uint64_t kMaxRingPoints = 1U << 20;

/// sh, dh: entries of a table at most.
inline constexpr std::size_t kMaxBuckets = 1U << 20;

/// Sizes that mh_table_size may have: primes, so that every permutation visits every entry; 65537 and 655373
/// are those that the Maglev paper measures.
inline constexpr std::array<std::string_view, 11> kMhTableSizes = {
    "251", "509", "1021", "2039", "4093", "8191", "16381", "32749", "65537", "131071", "655373"};

[[nodiscard]] constexpr bool places_by_hash(SchedulerKind kind) {
  using enum SchedulerKind;
  return kind == dh || kind == sh || kind == mh || kind == conhash;
}
/// Which flags a scheduler knows.
[[nodiscard]] constexpr bool knows_port_flag(SchedulerKind kind) {
  return places_by_hash(kind) && kind != SchedulerKind::dh;
}
[[nodiscard]] constexpr bool knows_fallback_flag(SchedulerKind kind) {
  return kind == SchedulerKind::sh || kind == SchedulerKind::mh;
}

/// A dest as a placement sees it.
struct PlacedDest {
  IpAddr addr;
  L4Port port;
  std::uint16_t weight = 1;
  friend auto operator<=>(const PlacedDest&, const PlacedDest&) = default;
};

/// What a placement is made from: equal plans make equal tables.
struct PlacementPlan {
  SchedulerKind kind = SchedulerKind::sh;
  std::uint32_t table_size = 0;   // mh only
  std::vector<PlacedDest> dests;  // ascending; the position is the dest's rank
  friend bool operator==(const PlacementPlan&, const PlacementPlan&) = default;
};

struct Placement {
  PlacementPlan plan;
  std::vector<std::uint16_t> table;  // dh, sh, mh: rank by entry; empty: nobody takes connections
  std::vector<std::uint64_t> ring;   // conhash: points, ascending; the low 16 bits are the rank
};

inline constexpr SipKey kPlacementKey{0x63616c7020535648ULL, 0x317620746e656d65ULL};  // "HVS placement v1"

/// The hash of placements: SipHash-2-4 under a fixed key, so that all nodes agree. Not a secret: whoever
/// knows it can choose client ports or addresses that meet at one dest.
[[nodiscard]] inline std::uint64_t placement_hash(const IpAddr& addr, L4Port port, std::uint32_t salt) {
  std::array<std::uint8_t, 24> text{};
  std::memcpy(text.data(), addr.bytes.data(), addr.bytes.size());
  text[16] = static_cast<std::uint8_t>(addr.family);
  text[18] = static_cast<std::uint8_t>(port.value >> 8);
  text[19] = static_cast<std::uint8_t>(port.value);
  for (unsigned i = 0; i < 4; ++i) text[20 + i] = static_cast<std::uint8_t>(salt >> (24 - 8 * i));
  return siphash24(kPlacementKey, text.data(), text.size());
}

/// Maps a hash to 0 .. size-1 without a division (Lemire, "Fast Random Integer Generation in an Interval").
[[nodiscard]] constexpr std::uint32_t scale_hash(std::uint64_t hash, std::size_t size) {
  return static_cast<std::uint32_t>(((hash >> 32) * size) >> 32);
}

}  // namespace hvs
