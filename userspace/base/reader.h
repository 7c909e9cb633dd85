// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace hvs {

/// The only way to look into bytes that somebody else wrote: a view that refuses to go past its end.
class Reader {
 public:
  constexpr Reader() = default;
  constexpr Reader(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  constexpr explicit Reader(std::span<const std::uint8_t> bytes) : Reader(bytes.data(), bytes.size()) {}

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr const std::uint8_t* data() const { return data_; }

  /// The structure at `offset` (alignment 1, trivially copyable), or nullptr when it does not fit whole.
  template <typename T>
  [[nodiscard]] const T* at(std::size_t offset) const {
    static_assert(alignof(T) == 1 && std::is_trivially_copyable_v<T>);
    if (offset > size_ || size_ - offset < sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(data_ + offset);
  }

  /// The same view, ending after `size` bytes at most (a declared length inside a longer frame).
  [[nodiscard]] constexpr Reader first(std::size_t size) const {
    return {data_, size < size_ ? size : size_};
  }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hvs
