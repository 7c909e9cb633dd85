// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "model/ids.h"

namespace hvs {

/// Which dests serve a destination address, as lblc and lblcr remember it. One row, whoever writes it: values
/// are atomic, and what a lost race leaves behind is checked by the reader against the service's dests.
class alignas(64) Locality {
 public:
  static constexpr unsigned kMembers = 16;

  [[nodiscard]] bool holds(std::uint64_t key) const { return key_.load(std::memory_order_relaxed) == key; }
  /// Empties the row for another key.
  void take(std::uint64_t key, std::uint32_t now_ms) {
    clear();
    changed_ms_.store(now_ms, std::memory_order_relaxed);
    used_ms_.store(now_ms, std::memory_order_relaxed);
    key_.store(key, std::memory_order_relaxed);
  }
  void touch(std::uint32_t now_ms) { used_ms_.store(now_ms, std::memory_order_relaxed); }
  /// Since somebody used it, and since members came or went.
  [[nodiscard]] std::uint32_t idle_ms(std::uint32_t now_ms) const { return since(used_ms_, now_ms); }
  [[nodiscard]] std::uint32_t unchanged_ms(std::uint32_t now_ms) const { return since(changed_ms_, now_ms); }

  [[nodiscard]] bool has(DestSlot dest) const {
    for (const auto& member : members_) {
      const std::uint32_t value = member.load(std::memory_order_relaxed);
      if (value == dest.value + 1) return true;
      if (value == 0) return false;
    }
    return false;
  }
  /// False when all places are taken.
  bool add(DestSlot dest, std::uint32_t now_ms) {
    for (auto& member : members_) {
      if (member.load(std::memory_order_relaxed) != 0) continue;
      member.store(dest.value + 1, std::memory_order_relaxed);
      changed_ms_.store(now_ms, std::memory_order_relaxed);
      return true;
    }
    return false;
  }
  void remove(DestSlot dest, std::uint32_t now_ms) {
    unsigned to = 0;
    for (auto& member : members_) {
      const std::uint32_t value = member.load(std::memory_order_relaxed);
      if (value != 0 && value != dest.value + 1) members_[to++].store(value, std::memory_order_relaxed);
    }
    for (; to < kMembers; ++to) members_[to].store(0, std::memory_order_relaxed);
    changed_ms_.store(now_ms, std::memory_order_relaxed);
  }
  void clear() {
    for (auto& member : members_) member.store(0, std::memory_order_relaxed);
  }

 private:
  /// Another worker's turn may have begun a little later than this one's: that is no time at all.
  static std::uint32_t since(const std::atomic<std::uint32_t>& stamp_ms, std::uint32_t now_ms) {
    const auto passed = static_cast<std::int32_t>(now_ms - stamp_ms.load(std::memory_order_relaxed));
    return passed < 0 ? 0 : static_cast<std::uint32_t>(passed);
  }

  std::atomic<std::uint64_t> key_{0};
  std::atomic<std::uint32_t> used_ms_{0};
  std::atomic<std::uint32_t> changed_ms_{0};
  std::array<std::atomic<std::uint32_t>, kMembers> members_{};  // slot + 1, packed at the front; 0: none
};

/// The localities of all services, shared by the workers, so that a destination has the same dests whichever
/// worker asks. Bounded: a row that nobody used for long makes way.
class Localities {
 public:
  /// The row of `key` (not 0); a fresh one when there is none. Rows idle for `idle_limit_ms` are fresh, too.
  Locality& row(std::uint64_t key, std::uint32_t now_ms, std::uint32_t idle_limit_ms) {
    Locality* oldest = nullptr;
    const std::size_t first = (key >> 32) % kSets * kWays;
    for (std::size_t i = first; i < first + kWays; ++i) {
      Locality& row = rows_[i];
      if (row.holds(key)) {
        if (row.idle_ms(now_ms) > idle_limit_ms) row.take(key, now_ms);
        row.touch(now_ms);
        return row;
      }
      if (row.holds(0)) {
        oldest = &row;
        break;
      }
      if (oldest == nullptr || row.idle_ms(now_ms) > oldest->idle_ms(now_ms)) oldest = &row;
    }
    oldest->take(key, now_ms);
    return *oldest;
  }

 private:
  static constexpr std::size_t kSets = 1024;
  static constexpr std::size_t kWays = 4;
  std::unique_ptr<Locality[]> rows_ = std::make_unique<Locality[]>(kSets * kWays);
};

}  // namespace hvs
