// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/schedule/scheduler.h"

namespace hvs {

/// What a dest's connections count for in lc and wlc: an active one as much as 256 others (IPVS).
[[nodiscard]] inline std::uint64_t overhead_of(const DestLoad& load) {
  const auto [total, active] = load.counts();
  return std::uint64_t{active} * 256 + (total - active);
}

/// The first of `service`'s dests that takes connections, and is one of `among`, whose cost is least for its
/// share. Costs are compared by cross-multiplication: 40 bits of cost, 16 of share.
template <typename Among, typename Cost, typename Share>
const Dest* least(const Service& service, const PickContext& context, Among&& among, Cost&& cost,
                  Share&& share) {
  const Dest* best = nullptr;
  std::uint64_t best_cost = 0;
  std::uint64_t best_share = 1;
  for (const Dest& dest : service.dests) {
    if (!context.takes(dest) || !among(dest)) continue;
    const std::uint64_t its_cost = cost(context.load(dest));
    const std::uint64_t its_share = share(dest);
    if (best != nullptr && its_cost * best_share >= best_cost * its_share) continue;
    best = &dest;
    best_cost = its_cost;
    best_share = its_share;
  }
  return best;
}

inline constexpr auto kAnyDest = [](const Dest&) { return true; };
inline constexpr auto kByWeight = [](const Dest& dest) { return std::uint64_t{dest.weight}; };
inline constexpr auto kAlike = [](const Dest&) { return std::uint64_t{1}; };

/// lblc and lblcr: the dest has more active connections than its weight, while another has not half of its
/// own (Linux Virtual Server, "Locality-Based Least-Connection Scheduling").
[[nodiscard]] inline bool outgrown(const Dest& dest, const Service& service, const PickContext& context) {
  if (context.load(dest).active() <= dest.weight) return false;
  return std::any_of(service.dests.begin(), service.dests.end(), [&](const Dest& other) {
    return context.takes(other) && std::uint64_t{context.load(other).active()} * 2 < other.weight;
  });
}

}  // namespace hvs
