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

}  // namespace hvs
