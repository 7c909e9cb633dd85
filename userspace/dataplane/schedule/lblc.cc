// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/least.h"
#include "dataplane/schedule/locality.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", locality-based least-connection: a destination address
// stays with its dest, for the sake of that one's cache. When there is none, or it takes no connections, or
// has outgrown its weight while another has room, weighted least-connection assigns one.
namespace hvs {

const Dest* LocalityLeastConnection::pick(const Service& service, SchedulerState& state,
                                          const PickContext& context) {
  Locality& row = locality_of(service, context);
  for (const Dest& dest : service.dests) {
    if (!row.has(dest.slot)) continue;
    if (context.takes(dest) && !outgrown(dest, service, context)) return &dest;
    break;
  }
  const Dest* dest = WeightedLeastConnection::pick(service, state, context);
  if (dest == nullptr) return nullptr;
  row.clear();
  row.add(dest->slot, context.now_ms);
  return dest;
}

}  // namespace hvs
