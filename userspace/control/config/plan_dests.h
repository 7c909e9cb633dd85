// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string_view>
#include <vector>

#include "control/config/plan.h"

namespace hvs {

/// Of `machine` the addresses: a warning about each dest that `after` has, `before` has not, and that is this
/// host itself.
std::vector<Error> newly_own_dests(const Config& before, const Config& after, const MachineFacts& machine);

/// What the warning says of a service that cannot serve new clients.
inline constexpr std::string_view kTakesNoConnections = "no dest takes new connections";

/// A warning about each service of `after` that takes no new connections, and of which `before` did not have
/// the same to say.
std::vector<Error> newly_idle(const Config& before, const Config& after);

}  // namespace hvs
