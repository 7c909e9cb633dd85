// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

namespace hvs {

namespace {

/// Nullptr, too, by a scheduler that is none of these.
template <Scheduler... S>
const Dest* dispatch(const Service& service, SchedulerState& state, const PickContext& context) {
  const Dest* dest = nullptr;
  (void)((service.scheduler == S::kind ? (dest = S::pick(service, state, context), true) : false) || ...);
  return dest;
}

template <Scheduler... S>
const Dest* dispatch_all(const Service& service, SchedulerState& state, const PickContext& context) {
  static_assert(sizeof...(S) == Names<SchedulerKind>::list.size());
  return dispatch<S...>(service, state, context);
}

}  // namespace

const Dest* schedule(const Service& service, SchedulerState& state, const PickContext& context) {
  if (state.incarnation != service.incarnation) state = {service.incarnation};
  return dispatch_all<RoundRobin, WeightedRoundRobin, LeastConnection, WeightedLeastConnection,
                      LocalityLeastConnection, LocalityReplicated, DestinationHashing, SourceHashing,
                      ShortestExpectedDelay, NeverQueue, Failover, Overflow, Maglev, ConsistentHashing>(
      service, state, context);
}

const Dest* foresee(const Service& service, SchedulerState& state, const PickContext& context) {
  if (state.incarnation != service.incarnation) state = {service.incarnation};
  return dispatch<RoundRobin, WeightedRoundRobin, DestinationHashing, SourceHashing, Maglev,
                  ConsistentHashing>(service, state, context);
}

}  // namespace hvs
