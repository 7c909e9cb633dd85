// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

namespace hvs {

/// `hvsd --check FILE`: prints the plan, or every problem with its fix. Starts and changes nothing.
/// Returns the exit status: 0 when the daemon could start, 1 when not.
int check(const std::string& config_file);

}  // namespace hvs
