// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <bit>

#include "control/compile/placement.h"

namespace hvs {

namespace {

/// IPVS has 256 entries; with many dests that would leave some without any.
std::size_t bucket_count(std::size_t dests) {
  constexpr std::size_t kFewest = 256;
  constexpr std::size_t kEach = 16;
  return std::clamp(std::bit_ceil(kEach * dests), kFewest, kMaxBuckets);
}

std::uint64_t share(const PlacedDest& dest) { return std::max<std::uint64_t>(dest.weight, 1); }

}  // namespace

std::vector<std::uint16_t> equal_buckets(const std::vector<PlacedDest>& dests) {
  if (dests.empty()) return {};
  std::vector<std::uint16_t> table(bucket_count(dests.size()));
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint16_t>(i % dests.size());
  return table;
}

std::vector<std::uint16_t> weighted_buckets(const std::vector<PlacedDest>& dests) {
  if (dests.empty()) return {};
  std::vector<std::uint16_t> table(bucket_count(dests.size()));
  std::uint64_t all = 0;
  for (const PlacedDest& dest : dests) all += share(dest);
  // The weights laid end to end on a line, and the entries spread evenly over it.
  std::size_t rank = 0;
  std::uint64_t end = share(dests[0]);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::uint64_t at = (2 * i + 1) * all / (2 * table.size());
    while (at >= end) end += share(dests[++rank]);
    table[i] = static_cast<std::uint16_t>(rank);
  }
  return table;
}

}  // namespace hvs
