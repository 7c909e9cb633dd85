// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "control/config/plan.h"

namespace hvs {

/// Of `machine` the addresses: a warning about each dest that `after` has, `before` has not, and that is this
/// host itself.
std::vector<Error> newly_own_dests(const Config& before, const Config& after, const MachineFacts& machine);

}  // namespace hvs
