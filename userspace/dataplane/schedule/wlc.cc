// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/least.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", weighted least-connection.
namespace hvs {

const Dest* WeightedLeastConnection::pick(const Service& service, SchedulerState&,
                                          const PickContext& context) {
  return least(service, context, kAnyDest, overhead_of, kByWeight);
}

}  // namespace hvs
