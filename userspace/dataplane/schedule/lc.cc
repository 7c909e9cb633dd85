// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/least.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", least-connection. Weights count for nothing but 0.
namespace hvs {

const Dest* LeastConnection::pick(const Service& service, SchedulerState&, const PickContext& context) {
  return least(service, context, kAnyDest, overhead_of, kAlike);
}

}  // namespace hvs
