// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <cstdlib>

namespace hvs {

void start_log(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("hvsd");
  // Under systemd the journal has the time.
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void set_log_level(const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); }

void log_error(const Error& error) { spdlog::error("{}", error.message()); }

void log_lines(spdlog::level::level_enum level, std::string_view heading,
               const std::vector<std::string>& lines) {
  const std::size_t shown = std::min(lines.size(), kMaxLoggedLines);
  for (std::size_t i = 0; i < shown; ++i) spdlog::log(level, "{}: {}", heading, lines[i]);
  if (shown < lines.size()) spdlog::log(level, "{}: ... and {} more", heading, lines.size() - shown);
}

}  // namespace hvs
