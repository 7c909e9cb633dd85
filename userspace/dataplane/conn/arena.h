// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <utility>

namespace hvs {

/// Zeroed memory for a table that is sized once: reserved at start, backed by pages (huge ones where the
/// kernel has them) only as far as it is touched. Allocation failure throws std::bad_alloc: at start only.
class Arena {
 public:
  Arena() = default;
  explicit Arena(std::size_t bytes);
  Arena(Arena&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        brought_(std::exchange(other.brought_, 0)) {}
  Arena& operator=(Arena&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(brought_, other.brought_);
    return *this;
  }
  ~Arena();

  template <typename T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(data_);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Lets the kernel bring the next piece of the first `upto` bytes, whatever is in them, so that whoever
  /// touches them does not wait. True: there may be more to bring. From one thread, the same one always;
  /// others use the memory meanwhile.
  bool bring(std::size_t upto);

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t brought_ = 0;  // bring()'s alone
};

}  // namespace hvs
