// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "pmd/eal.h"

namespace hvs::eal_log {

/// Routes DPDK's log to the callback from now to the end of the process, EAL's start included.
Result<void> redirect(std::function<void(EalLogLevel, std::string_view)> log);

/// The argument of --log-level.
std::string level_argument(EalLogLevel level);

}  // namespace hvs::eal_log
