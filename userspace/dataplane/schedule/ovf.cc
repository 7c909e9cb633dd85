// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/schedulers.h"

// ipvsadm(8), "ovf - Weighted Overflow": all connections to the dest of highest weight, and on to the next
// one when its active connections exceed its weight. When all do, nobody takes any.
namespace hvs {

const Dest* Overflow::pick(const Service& service, SchedulerState&, const PickContext& context) {
  const Dest* best = nullptr;
  for (const Dest& dest : service.dests) {
    if (best != nullptr && dest.weight <= best->weight) continue;
    if (context.load(dest).active() <= dest.weight && context.takes(dest)) best = &dest;
  }
  return best;
}

}  // namespace hvs
