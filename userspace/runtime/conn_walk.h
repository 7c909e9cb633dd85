// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <cstdint>

#include "model/conn_view.h"
#include "runtime/spsc_ring.h"

namespace hvs {

/// A request to one worker to show its connections. The worker visits a bounded slice of its table each turn
/// and stops while the ring is full, so a slow reader slows nothing but the listing. The control thread owns
/// the object and may free it once `finished` is set.
struct ConnWalk {
  ConnFilter filter;
  bool count_only = false;
  SpscRing<ConnView, 1024> ring;
  std::atomic<bool> cancelled{false};
  std::atomic<bool> finished{false};  // last access by the worker
  std::atomic<std::uint64_t> visited{0};
  std::atomic<std::uint64_t> matched{0};

  /// The worker: it can go on. A walk whose reader stalls keeps nobody awake.
  [[nodiscard]] bool wants_service() const {
    return cancelled.load(std::memory_order_relaxed) || count_only || ring.room() >= kSlice;
  }
  static constexpr std::uint32_t kSlice = 128;  // records of one turn

  // The worker's own place.
  std::uint32_t cursor = 0;
  bool second_family = false;
};

}  // namespace hvs
