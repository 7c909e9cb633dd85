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
  /// False when there is no room. Fragments of one packet have the same tag; others seldom do.
  [[nodiscard]] bool add(const Frame& frame, std::uint32_t tag, std::uint32_t until_ms) {
    if (count_ == kFrames) return false;
    tags_[count_] = tag;
    held_[count_++] = {frame, until_ms};
    return true;
  }
  /// Calls `visit(frame, due)` for each; those for which it returns true are not held any more.
  template <typename Visit>
  void visit(std::uint32_t now_ms, Visit&& visit) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count_; ++i) {
      const bool due = static_cast<std::int32_t>(now_ms - held_[i].until_ms) >= 0;
      if (!visit(held_[i].frame, due)) keep(i, kept);
    }
    count_ = kept;
  }
  /// The same for those with that tag, without a look at the others: a flood of first fragments must not have
  /// all of them looked up each time.
  template <typename Visit>
  void visit_tagged(std::uint32_t tag, Visit&& visit) {
    unsigned i = 0;
    while (i < count_ && tags_[i] != tag) ++i;
    if (i == count_) return;
    unsigned kept = i;
    for (; i < count_; ++i) {
      if (tags_[i] != tag || !visit(held_[i].frame)) keep(i, kept);
    }
    count_ = kept;
  }

 private:
  struct Held {
    Frame frame;
    std::uint32_t until_ms = 0;
  };
  void keep(unsigned i, unsigned& kept) {
    tags_[kept] = tags_[i];
    held_[kept++] = held_[i];
  }
  std::array<std::uint32_t, kFrames> tags_;
  std::array<Held, kFrames> held_;
  unsigned count_ = 0;
};

}  // namespace hvs
