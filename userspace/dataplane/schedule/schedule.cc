// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/scheduler.h"

namespace hvs {

namespace {

template <Scheduler... S>
const Dest* dispatch(const Service& service, SchedulerState& state) {
  const Dest* dest = nullptr;
  (void)((service.scheduler == S::kind ? (dest = S::pick(service, state), true) : false) || ...);
  return dest;
}

}  // namespace

const Dest* schedule(const Service& service, SchedulerState& state) {
  if (state.incarnation != service.incarnation) state = {service.incarnation};
  return dispatch<RoundRobin, WeightedRoundRobin>(service, state);
}

}  // namespace hvs
