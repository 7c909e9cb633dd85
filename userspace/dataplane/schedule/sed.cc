// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/least.h"
#include "dataplane/schedule/schedulers.h"

// Linux Virtual Server, "Job Scheduling Algorithms", shortest expected delay: (active + 1) / weight, the
// delay that the connection would meet, is least.
namespace hvs {

const Dest* ShortestExpectedDelay::pick(const Service& service, SchedulerState&, const PickContext& context) {
  const auto delay = [](const DestLoad& load) { return std::uint64_t{load.active()} + 1; };
  return least(service, context, kAnyDest, delay, kByWeight);
}

}  // namespace hvs
