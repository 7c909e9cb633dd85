// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>

#include "daemon/log_writer.h"

namespace hvs {
namespace {

std::string format(spdlog::formatter& formatter, const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t text;
  formatter.format(message, text);
  return {text.data(), text.size()};
}

/// To standard error, without ever waiting long for whoever reads it.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// The formatter is for the writer's thread alone.
  explicit StderrSink(const std::shared_ptr<spdlog::formatter>& formatter)
      : writer_(STDERR_FILENO, [formatter](std::uint64_t lost) {
          const std::string text = std::to_string(lost) +
                                   " line(s) of the log were lost here: nobody read standard error, or it "
                                   "could not be written";
          return format(*formatter, {"hvsd", spdlog::level::warn, text});
        }) {}

  LogWriter& writer() { return writer_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    writer_.write(format(*formatter_, message));
  }
  void flush_() override {}

  LogWriter writer_;
};

}  // namespace

void start_log(const std::string& level) {
  // Under systemd the journal has the time.
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  const auto pattern =
      std::make_shared<spdlog::pattern_formatter>(journal ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  auto logger = std::make_shared<spdlog::logger>("hvsd", std::make_shared<StderrSink>(pattern));
  logger->set_formatter(pattern->clone());
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void log_beside_this_thread() {
  for (const auto& sink : spdlog::default_logger()->sinks()) {
    if (auto* ours = dynamic_cast<StderrSink*>(sink.get())) ours->writer().follow_affinity();
  }
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
