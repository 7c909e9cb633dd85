// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <spdlog/spdlog.h>

#include <string>

#include "base/result.h"

namespace hvs {

/// spdlog to standard error, one line an event. `level` is one of the configuration's log.level.
void start_log(const std::string& level);
void set_log_level(const std::string& level);
void log_error(const Error& error);

}  // namespace hvs
