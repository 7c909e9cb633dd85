// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <cstdint>

namespace hvs {

/// How many messages about frames a worker may send: RFC 1812, 4.3.2.8 asks for a limit, and these are the
/// kernel's defaults (net.ipv4.icmp_msgs_per_sec, icmp_msgs_burst).
class TokenBucket {
 public:
  static constexpr std::uint32_t kPerSecond = 1000;
  static constexpr std::uint32_t kBurst = 50;

  /// False when there is none left at this time.
  [[nodiscard]] bool take(std::uint32_t now_ms) {
    const std::uint64_t earned = std::uint64_t{now_ms - filled_ms_} * kPerSecond / 1000;
    if (earned != 0) {
      tokens_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(earned + tokens_, kBurst));
      filled_ms_ = now_ms;
    }
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }

 private:
  std::uint32_t tokens_ = 0;
  std::uint32_t filled_ms_ = 0;
};

}  // namespace hvs
