// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", weighted round-robin.
namespace hvs {

namespace {

/// No threshold above this one finds anybody.
std::uint32_t heaviest_taking(const Service& service, const PickContext& context) {
  if (!service.limited) return service.weight_max;
  std::uint32_t heaviest = 0;
  for (const Dest& dest : service.dests) {
    if (dest.weight > heaviest && context.takes(dest)) heaviest = dest.weight;
  }
  return heaviest;
}

}  // namespace

const Dest* WeightedRoundRobin::pick(const Service& service, SchedulerState& state,
                                     const PickContext& context) {
  const auto count = static_cast<std::uint32_t>(service.dests.size());
  const std::uint32_t top = heaviest_taking(service, context);
  if (top == 0) return nullptr;
  // A reload may have shortened the list or lowered the weights.
  std::uint32_t at = state.position < count ? state.position : 0;
  std::uint32_t threshold = state.weight <= service.weight_max ? state.weight : 0;
  if (threshold > top) at = 0;
  // From anywhere, the heaviest one is met in the third pass at the latest, unless other workers fill it.
  for (std::uint64_t looked = 0; looked < std::uint64_t{count} * 3; ++looked, ++at) {
    if (at == count) at = 0;
    if (at == 0 || threshold == 0) {
      // A new round: the threshold sinks by the weights' divisor, from the largest weight to above zero.
      threshold = threshold > service.weight_gcd ? threshold - service.weight_gcd : service.weight_max;
      threshold = std::min(threshold, top);
    }
    const Dest& dest = service.dests[at];
    if (dest.weight < threshold || !context.takes(dest)) continue;
    state.position = at + 1;
    state.weight = threshold;
    return &dest;
  }
  return nullptr;
}

}  // namespace hvs
