// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace hvs {

namespace detail {
constexpr std::uint8_t byte_swap(std::uint8_t v) { return v; }
constexpr std::uint16_t byte_swap(std::uint16_t v) { return __builtin_bswap16(v); }
constexpr std::uint32_t byte_swap(std::uint32_t v) { return __builtin_bswap32(v); }
constexpr std::uint64_t byte_swap(std::uint64_t v) { return __builtin_bswap64(v); }

template <typename T, bool = std::is_enum_v<T>>
struct WireInt {
  using type = T;
};
template <typename T>
struct WireInt<T, true> {
  using type = std::underlying_type_t<T>;
};
}  // namespace detail

/// A big-endian field of a wire structure. Its alignment is 1, so structures of Be<> need no packing and
/// may lie anywhere; it never converts by itself, and equality compares bytes without a swap.
template <typename T>
requires(std::unsigned_integral<T> || std::is_enum_v<T>) class Be {
 public:
  using Int = typename detail::WireInt<T>::type;

  constexpr Be() = default;
  constexpr explicit Be(T host) : bytes_(std::bit_cast<Bytes>(swap(static_cast<Int>(host)))) {}

  /// The value in host byte order.
  [[nodiscard]] constexpr T host() const { return static_cast<T>(swap(std::bit_cast<Int>(bytes_))); }
  /// The value as it lies in memory, for checksums and hashes, which do not care about order.
  [[nodiscard]] constexpr Int raw() const { return std::bit_cast<Int>(bytes_); }
  static constexpr Be from_raw(Int raw) {
    Be be;
    be.bytes_ = std::bit_cast<Bytes>(raw);
    return be;
  }
  friend constexpr bool operator==(const Be& a, const Be& b) { return a.raw() == b.raw(); }

 private:
  using Bytes = std::array<std::uint8_t, sizeof(T)>;
  static constexpr Int swap(Int v) {
    if constexpr (std::endian::native == std::endian::little) {
      return static_cast<Int>(detail::byte_swap(static_cast<std::make_unsigned_t<Int>>(v)));
    }
    return v;
  }
  Bytes bytes_{};
};

using Be16 = Be<std::uint16_t>;
using Be32 = Be<std::uint32_t>;
static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1 && sizeof(Be32) == 4 && alignof(Be32) == 1);

}  // namespace hvs
