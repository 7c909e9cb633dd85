// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

namespace hvs {

inline constexpr std::uint32_t kMaxConnLimit = 1U << 30;

/// From how many connections on a dest takes no new ones, and below how many it does again.
struct ConnLimits {
  std::uint32_t max = 0;  // 0: no bound
  std::uint32_t resume_below = 0;

  /// `min` 0: three quarters of `max`, as IPVS has it.
  static ConnLimits of(std::uint32_t max, std::uint32_t min) {
    const auto three_quarters = static_cast<std::uint32_t>((3 * std::uint64_t{max} + 3) / 4);
    return {max, min != 0 ? min : three_quarters};
  }
  friend bool operator==(const ConnLimits&, const ConnLimits&) = default;
};

}  // namespace hvs
