// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "tests/bench/histogram.h"

namespace hvs::bench {

/// Measures turns one by one, and asks of each long one what happened to it in the meantime: whether somebody
/// else had the CPU, whether the kernel had to find it a page, or whether it was our own code.
class TurnWatch {
 public:
  static constexpr double kLong = 100'000;  // ns

  TurnWatch();
  /// Around each turn, by the thread that makes it.
  void begin();
  /// `busy`: the turn did something besides forwarding.
  void end(bool busy);

  [[nodiscard]] const Histogram& wall() const { return wall_; }
  [[nodiscard]] const Histogram& cpu() const { return cpu_; }
  /// CPU time of turns that did something besides forwarding.
  [[nodiscard]] const Histogram& busy() const { return busy_; }

  /// Turns that took longer than kLong by the wall clock. One may be in several of the numbers that follow.
  struct Long {
    std::uint64_t turns = 0;
    std::uint64_t preempted = 0;    // the scheduler gave the CPU to somebody else
    std::uint64_t faults = 0;       // a page was touched that the kernel had to bring
    std::uint64_t waits = 0;        // the thread slept: for a lock, in a page fault or a system call
    std::uint64_t cpu = 0;          // took as long by its CPU time
    std::uint64_t undisturbed = 0;  // of these: not preempted
    std::uint64_t busy = 0;         // did something besides forwarding
  };
  [[nodiscard]] const Long& longs() const { return long_; }
  [[nodiscard]] long faults() const { return faults_; }
  /// Of all turns together, by the wall clock.
  [[nodiscard]] double seconds() const { return wall_ns_ / 1e9; }

 private:
  struct Usage {
    long preempted = 0;
    long waits = 0;
    long faults = 0;
  };
  static Usage usage();

  double ns_per_tick_;
  Usage before_;
  double cpu_before_ = 0;
  std::uint64_t begin_ = 0;
  Histogram wall_;
  Histogram cpu_;
  Histogram busy_;
  Long long_;
  long faults_ = 0;
  double wall_ns_ = 0;
};

/// Time that the hypervisor gave the CPU to another guest, as the kernel knows it: ms since boot.
double stolen_ms(unsigned cpu);

}  // namespace hvs::bench
