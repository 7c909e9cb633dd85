// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>

namespace hvs {

/// When the control thread says that it lives: with each turn of its timer, and in between while long work
/// goes on (base/long_work.h), which the timer has to wait for.
class Heartbeat {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Who does not come back to the event loop for so long hangs, whatever pieces of work it does. The longest
  /// work known, reading again a file with as many dests as there can be, takes ten seconds.
  static constexpr std::chrono::minutes kLongestWork{5};

  explicit Heartbeat(std::chrono::microseconds period) : period_(period) {}

  [[nodiscard]] std::chrono::microseconds period() const { return period_; }
  /// The timer's turn, in which there is always a beat.
  void turn(Time now) { turn_ = beat_ = now; }
  /// A piece of long work is done; true when there is to be a beat.
  [[nodiscard]] bool due(Time now) {
    if (now - beat_ < period_ || now - turn_ > kLongestWork) return false;
    beat_ = now;
    return true;
  }

 private:
  std::chrono::microseconds period_;
  Time turn_{};
  Time beat_{};
};

}  // namespace hvs
