// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/scheduler.h"

namespace hvs {

const Dest* RoundRobin::pick(const Service& service, SchedulerState& state) {
  const auto count = static_cast<std::uint32_t>(service.dests.size());
  if (service.weight_max == 0) return nullptr;
  // A reload may have shortened the list.
  std::uint32_t at = state.position < count ? state.position : 0;
  while (service.dests[at].weight == 0) at = at + 1 == count ? 0 : at + 1;
  state.position = at + 1;
  return &service.dests[at];
}

}  // namespace hvs
