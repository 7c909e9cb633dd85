// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/result.h"
#include "bpf/steer_abi.h"
#include "model/steer_table.h"
#include "pmd/steering/program.h"

namespace hvs {

/// Brings the shared maps to `rows`: adds and changes first, deletes last. What is in the maps now is asked
/// of the kernel, so that a row which somebody edited by hand is mended too.
Result<void> sync_rows(const SharedMaps& maps, const SteerRows& rows);

/// HVS_STEER_RARE_* of these rows, for steer_config.
std::uint16_t rare_rows(const SteerRows& rows);

/// One row of steer_stats, summed over CPUs.
hvs_steer_stats read_stats_row(const SharedMaps& maps, std::uint32_t row);

/// The row that counts what belongs to no service, and the row that counts a service.
constexpr std::uint32_t kUnownedStatsRow = 0;
constexpr std::uint32_t stats_row(ServiceSlot slot) { return slot.value + 1; }

}  // namespace hvs
