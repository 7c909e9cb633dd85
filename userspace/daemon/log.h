// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hvs {

/// spdlog to standard error, one line an event. `level` is one of the configuration's log.level. Lines are
/// written by a thread of the log's (log_writer.h).
void start_log(const std::string& level);
/// The log's thread runs where the calling thread may run, from now on.
void log_beside_this_thread();
void set_log_level(const std::string& level);
void log_error(const Error& error);
/// Logs the first lines of a list, each behind `heading`, and how many more there are.
void log_lines(spdlog::level::level_enum level, std::string_view heading,
               const std::vector<std::string>& lines);
inline constexpr std::size_t kMaxLoggedLines = 20;

}  // namespace hvs
