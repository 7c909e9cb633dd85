// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "base/check.h"
#include "control/compile/placement.h"

// Maglev's table, by Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (NSDI
// 2016), section 3.4 and its pseudocode: every dest has a permutation of all entries, drawn from its name
// alone, and they take turns, each taking the next entry of its permutation that is still free. Weights,
// which the paper leaves to "altering the relative frequency of the backends' turns", are done with a credit:
// in a round each dest gains its weight, and it takes a turn for every full measure of the heaviest one's
// weight.
namespace hvs {

namespace {

constexpr std::uint16_t kFree = 0xffff;

/// A dest's permutation: entry j is (offset + j * skip) mod size, which visits all since the size is prime.
struct Permutation {
  std::uint32_t next = 0;
  std::uint32_t skip = 1;
  std::uint16_t rank = 0;
  std::uint32_t weight = 0;
  std::uint32_t credit = 0;

  Permutation(const PlacedDest& dest, std::uint16_t its_rank, std::uint32_t size)
      : next(static_cast<std::uint32_t>(placement_hash(dest.addr, dest.port, 1) % size)),
        skip(static_cast<std::uint32_t>(placement_hash(dest.addr, dest.port, 2) % (size - 1) + 1)),
        rank(its_rank),
        weight(dest.weight) {}

  void take_turn(std::vector<std::uint16_t>& table) {
    const auto size = static_cast<std::uint32_t>(table.size());
    while (table[next] != kFree) step(size);
    table[next] = rank;
    step(size);
  }

 private:
  void step(std::uint32_t size) {
    next += skip;
    if (next >= size) next -= size;
  }
};

}  // namespace

std::vector<std::uint16_t> maglev_table(const std::vector<PlacedDest>& dests, std::uint32_t size) {
  HVS_CHECK(dests.size() <= kMaxPlacedDests && size > 1);
  std::vector<Permutation> turns;
  std::uint32_t heaviest = 0;
  for (std::size_t rank = 0; rank < dests.size(); ++rank) {
    if (dests[rank].weight == 0) continue;
    turns.emplace_back(dests[rank], static_cast<std::uint16_t>(rank), size);
    heaviest = std::max<std::uint32_t>(heaviest, dests[rank].weight);
  }
  if (turns.empty()) return {};
  std::vector<std::uint16_t> table(size, kFree);
  for (std::uint32_t filled = 0;;) {
    for (Permutation& turn : turns) {
      turn.credit += turn.weight;
      if (turn.credit < heaviest) continue;
      turn.credit -= heaviest;
      turn.take_turn(table);
      if (++filled == size) return table;
    }
  }
}

}  // namespace hvs
