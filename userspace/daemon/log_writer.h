// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/units.h"

namespace hvs {

/// Writes lines to a descriptor that nobody may read: a pipe whose reader hangs, a stopped terminal, a slow
/// disk. A thread of its own writes, in order. Who logs waits until the line is out, so that a crash right
/// after loses nothing, but not for long: then lines wait here, up to a bound, and past it the oldest are
/// lost.
class LogWriter {
 public:
  struct Limits {
    std::size_t bytes = 256_KiB;                 // of lines that wait
    std::chrono::milliseconds patience = 100ms;  // of write(), once for each time that the reader hangs
    std::chrono::milliseconds farewell = 1s;     // of the end
  };
  /// The line that stands where so many lines are missing.
  using Note = std::function<std::string(std::uint64_t lost)>;

  LogWriter(int fd, Note note, Limits limits);
  LogWriter(int fd, Note note) : LogWriter(fd, std::move(note), Limits()) {}
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  ~LogWriter();

  /// A line with its end of line. What cannot be written (nobody has the other end of the pipe) counts as
  /// lost.
  void write(std::string line);
  /// The thread runs where the calling thread may run, from now on.
  void follow_affinity();

 private:
  struct State;

  std::shared_ptr<State> state_;  // also the thread's, which may be left behind in a write that never ends
  std::thread thread_;
};

}  // namespace hvs
