// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", round-robin.
namespace hvs {

const Dest* RoundRobin::pick(const Service& service, SchedulerState& state, const PickContext& context) {
  const auto count = static_cast<std::uint32_t>(service.dests.size());
  if (service.weight_max == 0) return nullptr;
  // A reload may have shortened the list.
  std::uint32_t at = state.position < count ? state.position : 0;
  for (std::uint32_t looked = 0; looked < count; ++looked) {
    if (at == count) at = 0;
    const Dest& dest = service.dests[at++];
    if (!context.takes(dest)) continue;
    state.position = at;  // may be beyond the last one: a reload that adds dests goes on there
    return &dest;
  }
  return nullptr;
}

}  // namespace hvs
