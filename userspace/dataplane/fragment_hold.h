// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/frame.h"

namespace hvs {

/// Later fragments that came before the first one of their packet, in the order in which they came. Bounded:
/// at most kFrames frames, each with its one packet buffer, for a time that the caller sets.
class FragmentHold {
 public:
  static constexpr unsigned kFrames = 64;

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// False when there is no room.
  [[nodiscard]] bool add(const Frame& frame, std::uint32_t until_ms) {
    if (count_ == kFrames) return false;
    held_[count_++] = {frame, until_ms};
    return true;
  }
  /// Calls `visit(frame, due)` for each; those for which it returns true are not held any more.
  template <typename Visit>
  void visit(std::uint32_t now_ms, Visit&& visit) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count_; ++i) {
      const bool due = static_cast<std::int32_t>(now_ms - held_[i].until_ms) >= 0;
      if (!visit(held_[i].frame, due)) held_[kept++] = held_[i];
    }
    count_ = kept;
  }

 private:
  struct Held {
    Frame frame;
    std::uint32_t until_ms = 0;
  };
  std::array<Held, kFrames> held_;
  unsigned count_ = 0;
};

}  // namespace hvs
