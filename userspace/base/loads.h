// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>

namespace hvs {

/// Loads `word(i)` of each of `count` cache lines and does nothing with it: as many misses are under way as
/// the CPU can have. A loop that also works on what it loads has as many as fit into the CPU's window beside
/// the work (docs/performance.md).
template <typename Word>
[[gnu::always_inline]] inline void load_all(std::size_t count, Word&& word) {
  decltype(word(std::size_t{0})) loaded = 0;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < count; ++i) loaded |= word(i);
  asm volatile("" : : "r"(loaded));
}

}  // namespace hvs
