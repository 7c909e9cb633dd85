// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

#include "model/ids.h"
#include "net/ip_addr.h"

namespace hvs {

/// L4 ports from `low` to `high`, both inclusive.
struct PortRange {
  L4Port low;
  L4Port high;

  [[nodiscard]] constexpr bool any() const { return low.value == 0; }
  [[nodiscard]] constexpr bool single() const { return low == high && !any(); }
  [[nodiscard]] constexpr bool contains(L4Port port) const { return low <= port && port <= high; }
  [[nodiscard]] constexpr bool overlaps(const PortRange& other) const {
    return low <= other.high && other.low <= high;
  }
  [[nodiscard]] constexpr std::uint32_t size() const { return std::uint32_t{high.value} - low.value + 1; }
  /// "80", "8000-8099", "any".
  [[nodiscard]] std::string text() const;
  friend constexpr auto operator<=>(const PortRange&, const PortRange&) = default;
};

/// Port 0, which no range has, belongs to it: whatever a frame says, it is for the service.
inline constexpr PortRange kAnyPort{L4Port{0}, L4Port{65535}};

/// "10.10.0.100:80", "[fd10::100]:8000-8099".
[[nodiscard]] std::string endpoint_text(const IpAddr& addr, const std::string& ports);

}  // namespace hvs
