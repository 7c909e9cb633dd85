// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/placed.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", destination hashing: a fixed table, looked up by the
// destination address. Nobody when its dest takes no connections.
namespace hvs {

const Dest* DestinationHashing::pick(const Service& service, SchedulerState&, const PickContext& context) {
  if (service.placement == nullptr || service.placement->table.empty()) return nullptr;
  const Dest& dest = placed_dest(service, placement_hash(context.flow.vip, L4Port{}, 0));
  return context.takes(dest) ? &dest : nullptr;
}

}  // namespace hvs
