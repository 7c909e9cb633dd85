// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/least.h"
#include "dataplane/schedule/locality.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", locality-based least-connection with replication: a
// destination address stays with a set of dests, of which the least loaded one is picked. When that one has
// outgrown its weight while another has room, the least loaded of all joins the set. When the set has not
// changed for long, the most loaded one leaves it.
namespace hvs {

namespace {

const Dest* most_loaded(const Service& service, const Locality& row, const PickContext& context) {
  const Dest* worst = nullptr;
  std::uint64_t worst_cost = 0;
  for (const Dest& dest : service.dests) {
    if (dest.weight == 0 || !row.has(dest.slot)) continue;
    const std::uint64_t cost = overhead_of(context.load(dest));
    if (worst != nullptr && cost * worst->weight <= worst_cost * dest.weight) continue;
    worst = &dest;
    worst_cost = cost;
  }
  return worst;
}

}  // namespace

const Dest* LocalityReplicated::pick(const Service& service, SchedulerState& state,
                                     const PickContext& context) {
  Locality& row = locality_of(service, context);
  const auto member = [&](const Dest& dest) { return row.has(dest.slot); };
  const Dest* dest = least(service, context, member, overhead_of, kByWeight);
  if (dest != nullptr && row.unchanged_ms(context.now_ms) > kLocalityTimeMs) {
    const Dest* worst = most_loaded(service, row, context);
    if (worst != nullptr && worst != dest) row.remove(worst->slot, context.now_ms);
  }
  if (dest != nullptr && !outgrown(*dest, service, context)) return dest;
  dest = WeightedLeastConnection::pick(service, state, context);
  if (dest != nullptr && !row.has(dest->slot) && !row.add(dest->slot, context.now_ms)) {
    // Full: it holds members that are no dests any more, or more than a set needs.
    row.clear();
    row.add(dest->slot, context.now_ms);
  }
  return dest;
}

}  // namespace hvs
