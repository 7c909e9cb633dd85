// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "control/compile/placement.h"

// The ring of consistent hashing: every dest has many points on it, drawn from its name alone, and owns the
// arcs that end at them. With 160 points, the customary number, shares deviate by about 8 % (1/sqrt(160)).
namespace hvs {

namespace {

/// Weights divided by what they have in common, so that 10 and 20 make no more points than 1 and 2. Beyond
/// the bound all get less, and each at least one.
std::uint64_t points_of(const PlacedDest& dest, std::uint64_t divisor, std::uint64_t all) {
  const std::uint64_t wanted = dest.weight / divisor * kRingPoints;
  if (wanted == 0 || all <= kMaxRingPoints) return wanted;
  return std::max<std::uint64_t>(1, wanted * kMaxRingPoints / all);
}

}  // namespace

std::vector<std::uint64_t> hash_ring(const std::vector<PlacedDest>& dests) {
  HVS_CHECK(dests.size() <= kMaxPlacedDests);
  std::uint64_t divisor = 0;
  std::uint64_t weights = 0;
  for (const PlacedDest& dest : dests) {
    divisor = std::gcd(divisor, std::uint64_t{dest.weight});
    weights += dest.weight;
  }
  std::vector<std::uint64_t> ring;
  if (divisor == 0) return ring;
  const std::uint64_t all = weights / divisor * kRingPoints;
  for (std::size_t rank = 0; rank < dests.size(); ++rank) {
    const std::uint64_t points = points_of(dests[rank], divisor, all);
    for (std::uint64_t i = 0; i < points; ++i) {
      const std::uint64_t hash =
          placement_hash(dests[rank].addr, dests[rank].port, static_cast<std::uint32_t>(i));
      ring.push_back((hash & ~std::uint64_t{0xffff}) | rank);
    }
  }
  std::sort(ring.begin(), ring.end());
  return ring;
}

}  // namespace hvs
