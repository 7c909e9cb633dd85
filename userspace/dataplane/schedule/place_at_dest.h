// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/check.h"
#include "dataplane/schedule/scheduler.h"

namespace hvs {

/// A place at the dest that the scheduler picks, given back unless it is kept.
class PlaceAtDest {
 public:
  /// `active`: the connection counts as active at once.
  PlaceAtDest(DestLoads& loads, bool active) : loads_(loads), active_(active) {}
  PlaceAtDest(const PlaceAtDest&) = delete;
  PlaceAtDest& operator=(const PlaceAtDest&) = delete;
  ~PlaceAtDest() { give_back(); }

  /// Another worker may take the last place of the dest that was picked; then the scheduler picks again, and
  /// sees that it is full.
  const Dest* find(const Service& service, SchedulerState& state, const PickContext& context) {
    for (std::size_t attempt = 0; attempt <= service.dests.size(); ++attempt) {
      const Dest* dest = schedule(service, state, context);
      if (dest == nullptr) return nullptr;
      if (HVS_LIKELY(loads_[dest->slot].open(dest->limits, active_, filled_))) return dest_ = dest;
    }
    return nullptr;
  }
  /// Takes a place at the dest that was picked in another way, if it has one, unless find() has done so.
  [[nodiscard]] bool open(const Dest& dest) {
    if (dest_ == nullptr && loads_[dest.slot].open(dest.limits, active_, filled_)) dest_ = &dest;
    return dest_ != nullptr;
  }
  /// Takes a place at `dest` whatever its bounds are.
  const Dest* take(const Dest& dest) {
    loads_[dest.slot].open_over(dest.limits, active_, filled_);
    return dest_ = &dest;
  }
  void give_back() {
    if (dest_ != nullptr) loads_[dest_->slot].undo(active_, filled_);
    dest_ = nullptr;
  }
  void keep() { dest_ = nullptr; }

 private:
  DestLoads& loads_;
  bool active_;
  const Dest* dest_ = nullptr;
  bool filled_ = false;
};

}  // namespace hvs
