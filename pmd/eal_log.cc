// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/eal_log.h"

#include <rte_log.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace hvs {
namespace {

// One for the process, as DPDK's log stream is. It is never destroyed: DPDK logs while the process exits.
struct Sink {
  std::mutex mutex;
  std::function<void(EalLogLevel, std::string_view)> log;
  std::deque<std::string> errors;
};

Sink& sink() {
  static Sink* one = new Sink;  // NOLINT: see above
  return *one;
}

constexpr std::size_t kKeptErrors = 4;

EalLogLevel level_of(int rte_level) {
  if (rte_level >= 1 && rte_level <= static_cast<int>(RTE_LOG_ERR)) return EalLogLevel::error;
  if (rte_level == static_cast<int>(RTE_LOG_WARNING)) return EalLogLevel::warning;
  if (rte_level == static_cast<int>(RTE_LOG_DEBUG)) return EalLogLevel::debug;
  return EalLogLevel::info;
}

void take_line(EalLogLevel level, std::string_view line) {
  Sink& s = sink();
  const std::lock_guard lock(s.mutex);
  if (level == EalLogLevel::error || level == EalLogLevel::warning) {
    s.errors.emplace_back(line);
    if (s.errors.size() > kKeptErrors) s.errors.pop_front();
  }
  if (s.log) {
    s.log(level, line);
  } else {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }
}

// rte_log formats a message and flushes, so a message arrives here in the thread that logs it.
ssize_t write_log(void*, const char* text, std::size_t size) {
  const EalLogLevel level = level_of(rte_log_cur_msg_loglevel());
  std::string_view rest(text, size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (!line.empty()) take_line(level, line);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

namespace eal_log {

Result<void> redirect(std::function<void(EalLogLevel, std::string_view)> log) {
  {
    Sink& s = sink();
    const std::lock_guard lock(s.mutex);
    s.log = std::move(log);
  }
  static FILE* const stream = [] {
    cookie_io_functions_t functions{};
    functions.write = write_log;
    FILE* opened = fopencookie(nullptr, "w", functions);
    if (opened != nullptr) std::setvbuf(opened, nullptr, _IOFBF, 4096);
    return opened;
  }();
  if (stream == nullptr)
    return Error{std::string("cannot open a log stream: ") + std::strerror(errno), "EAL", ""};
  if (rte_openlog_stream(stream) != 0) return Error{"DPDK refuses the log stream", "EAL", ""};
  return {};
}

std::string level_argument(EalLogLevel level) {
  switch (level) {
    case EalLogLevel::error: return "--log-level=*:error";
    case EalLogLevel::warning: return "--log-level=*:warning";
    case EalLogLevel::info: return "--log-level=*:notice";  // its "info" tells how, not what
    case EalLogLevel::debug: return "--log-level=*:debug";
  }
  return {};
}

}  // namespace eal_log

std::string take_eal_errors() {
  Sink& s = sink();
  const std::lock_guard lock(s.mutex);
  std::string text;
  for (const std::string& line : s.errors) text += (text.empty() ? "" : "; ") + line;
  s.errors.clear();
  return text;
}

}  // namespace hvs
