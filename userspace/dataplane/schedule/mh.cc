// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/placed.h"
#include "dataplane/schedule/schedulers.h"

// Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4, with
// the flags of ipvsadm(8), mh-port and mh-fallback. The table is made in control/compile/maglev.cc.
namespace hvs {

const Dest* Maglev::pick(const Service& service, SchedulerState&, const PickContext& context) {
  return place_client(service, context);
}

}  // namespace hvs
