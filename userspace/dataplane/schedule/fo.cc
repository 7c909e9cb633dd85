// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

// ipvsadm(8), "fo - Weighted Failover": all connections to the dest of highest weight that is available. Of
// equal ones, the first in the file.
namespace hvs {

const Dest* Failover::pick(const Service& service, SchedulerState&, const PickContext& context) {
  const Dest* best = nullptr;
  for (const Dest& dest : service.dests) {
    if ((best == nullptr || dest.weight > best->weight) && context.takes(dest)) best = &dest;
  }
  return best;
}

}  // namespace hvs
