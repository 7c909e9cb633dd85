// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace hvs {

/// An integer with a meaning of its own: a WorkerId is not a QueueId, and neither is an index by accident.
template <typename Tag, typename Int>
struct Strong {
  using Value = Int;
  Int value{};

  constexpr Strong() = default;
  constexpr explicit Strong(Int v) : value(v) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
  /// For use as an array index.
  [[nodiscard]] constexpr std::size_t index() const { return static_cast<std::size_t>(value); }
};

}  // namespace hvs

template <typename Tag, typename Int>
struct std::hash<hvs::Strong<Tag, Int>> {
  std::size_t operator()(const hvs::Strong<Tag, Int>& s) const noexcept { return std::hash<Int>{}(s.value); }
};
