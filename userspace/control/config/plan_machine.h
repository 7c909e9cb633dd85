// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "control/config/plan.h"

namespace hvs {

/// The part of the plan about the machine itself: CPU features, NUMA nodes, clock, lockdown, and what native
/// ports need of it.
void plan_machine(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                  const BufferFacts& buffers, Plan& plan);

/// A native port by uio: the NIC has no IOMMU before it, and packet buffers must be in hugepages.
[[nodiscard]] bool takes_physical_addresses(const PortConfig& port, const PortFacts& facts);

/// A native port whose NIC reaches memory by an IOMMU: the kernel locks all that packet buffers may take.
[[nodiscard]] bool locks_memory(const PortConfig& port, const PortFacts& facts);

}  // namespace hvs
