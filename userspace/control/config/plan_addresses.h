// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "control/config/plan.h"

namespace hvs {

/// The part of the plan about services, VIPs and LIPs: who answers for their addresses, and whose ports they
/// are.
void plan_addresses(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                    Plan& plan);

/// Of `machine` the addresses: a warning about each VIP and LIP that `after` has, `before` has not, and no
/// interface holds; and about each service that has come to wait for local addresses.
std::vector<Error> newly_unanswered(const Config& before, const Config& after, const MachineFacts& machine);

}  // namespace hvs
