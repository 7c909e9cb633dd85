// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

namespace hvs {

namespace {

template <Scheduler... S>
const Dest* dispatch(const Service& service, SchedulerState& state, const PickContext& context) {
  static_assert(sizeof...(S) == Names<SchedulerKind>::list.size());
  const Dest* dest = nullptr;
  (void)((service.scheduler == S::kind ? (dest = S::pick(service, state, context), true) : false) || ...);
  return dest;
}

}  // namespace

const Dest* schedule(const Service& service, SchedulerState& state, const PickContext& context) {
  if (state.incarnation != service.incarnation) state = {service.incarnation};
  return dispatch<RoundRobin, WeightedRoundRobin, LeastConnection, WeightedLeastConnection,
                  LocalityLeastConnection, LocalityReplicated, DestinationHashing, SourceHashing,
                  ShortestExpectedDelay, NeverQueue, Failover, Overflow, Maglev, ConsistentHashing>(
      service, state, context);
}

}  // namespace hvs
