// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/placed.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", source hashing, with the flags of ipvsadm(8): sh-port,
// the client's port counts; sh-fallback, another dest when the one that is hit takes no connections.
namespace hvs {

const Dest* SourceHashing::pick(const Service& service, SchedulerState&, const PickContext& context) {
  return place_client(service, context);
}

}  // namespace hvs
