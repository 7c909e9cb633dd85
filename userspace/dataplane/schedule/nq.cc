// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", never queue: a dest without active connections is not
// left idle, even if a faster one is there; else shortest expected delay.
namespace hvs {

const Dest* NeverQueue::pick(const Service& service, SchedulerState& state, const PickContext& context) {
  for (const Dest& dest : service.dests) {
    if (context.load(dest).active() == 0 && context.takes(dest)) return &dest;
  }
  return ShortestExpectedDelay::pick(service, state, context);
}

}  // namespace hvs
