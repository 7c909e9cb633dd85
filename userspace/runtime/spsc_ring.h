// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <type_traits>

namespace hvs {

/// A bounded queue of small values from one thread to one other.
template <typename T, std::size_t N>
class SpscRing {
  static_assert((N & (N - 1)) == 0 && std::is_trivially_copyable_v<T>);

 public:
  /// Producer: false when full.
  bool push(const T& value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == N) return false;
    slots_[tail % N] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  /// Producer: how many pushes will succeed.
  [[nodiscard]] std::size_t room() const {
    return N - (tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_acquire));
  }
  /// Consumer: false when empty.
  bool pop(T& value) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    value = slots_[head % N];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::array<T, N> slots_{};
};

}  // namespace hvs
