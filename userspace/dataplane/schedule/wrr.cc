// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/scheduler.h"

namespace hvs {

const Dest* WeightedRoundRobin::pick(const Service& service, SchedulerState& state) {
  const auto count = static_cast<std::uint32_t>(service.dests.size());
  if (service.weight_max == 0) return nullptr;
  // A reload may have shortened the list or lowered the weights.
  std::uint32_t at = state.position < count ? state.position : 0;
  std::uint32_t threshold = state.weight <= service.weight_max ? state.weight : 0;
  for (;; ++at) {
    if (at == count) at = 0;
    if (at == 0 || threshold == 0) {
      // A new round: the threshold sinks by the weights' divisor, from the largest weight to above zero.
      threshold = threshold > service.weight_gcd ? threshold - service.weight_gcd : service.weight_max;
    }
    if (service.dests[at].weight >= threshold) break;
  }
  state.position = at + 1;
  state.weight = threshold;
  return &service.dests[at];
}

}  // namespace hvs
