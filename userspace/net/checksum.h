// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/be.h"
#include "net/headers.h"

namespace hvs {

/// Folds a one's complement sum to 16 bits (RFC 1071). Adding a value's halves in either order leaves the
/// sum, carry included, in the upper half.
constexpr std::uint16_t fold_checksum(std::uint64_t sum) {
  sum += std::rotl(sum, 32);
  auto half = static_cast<std::uint32_t>(sum >> 32);
  half += std::rotl(half, 16);
  return static_cast<std::uint16_t>(half >> 16);
}

/// One's complement sum of 64 bits: what each addition carries goes into the next one, and what the last one
/// carries to the end. There it cannot carry once more: for all ones and a carry, the addition before would
/// have had all ones and a carry, too, and the first one has no carry to begin with.
template <std::size_t N>
std::uint64_t add_words(std::uint64_t sum, const std::array<std::uint64_t, N>& words) {
#ifdef __x86_64__
  unsigned long long chain = sum;
  unsigned char carry = 0;
  for (const std::uint64_t word : words) carry = _addcarry_u64(carry, chain, word, &chain);
  return chain + carry;
#else
  for (const std::uint64_t word : words) {
    sum += word;
    sum += sum < word ? 1 : 0;
  }
  return sum;
#endif
}

/// What an edit changes in an Internet checksum: collected before the write, applied once (RFC 1624,
/// equation 3: HC' = ~(~HC + ~m + m')). The sum does not depend on byte order, so raw values go in.
/// A checksum that was wrong before the edit is wrong by the same amount after it.
class ChecksumDelta {
 public:
  constexpr void replace(std::uint16_t before, std::uint16_t after) {
    sum_ += static_cast<std::uint16_t>(~before);
    sum_ += after;
  }
  constexpr void replace(std::uint32_t before, std::uint32_t after) {
    sum_ += static_cast<std::uint32_t>(~before);
    sum_ += after;
  }
  constexpr void replace(std::uint64_t before, std::uint64_t after) {
    std::uint64_t change = ~before + after;
    change += change < after ? 1 : 0;  // end-around carry
    sum_ += (change & 0xffffffffU) + (change >> 32);
  }
  /// Many words at once, for as many or for others (those that are missing were 0, or become it): one sum of
  /// 64 bits, of which only the result is put into halves.
  template <std::size_t Before, std::size_t After>
  void replace(const std::array<std::uint64_t, Before>& before,
               const std::array<std::uint64_t, After>& after) {
    const std::uint64_t change = add_words(~add_words(0, before), after);
    sum_ += (change & 0xffffffffU) + (change >> 32);
  }
  void replace(const Ipv6Bytes& before, const Ipv6Bytes& after) {
    for (unsigned i = 0; i < 16; i += 4) {
      std::uint32_t b = 0;
      std::uint32_t a = 0;
      std::memcpy(&b, before.data() + i, 4);
      std::memcpy(&a, after.data() + i, 4);
      replace(b, a);
    }
  }
  template <typename T>
  constexpr void replace(Be<T> before, Be<T> after) {
    replace(before.raw(), after.raw());
  }
  constexpr void merge(const ChecksumDelta& other) { sum_ += other.sum_; }

  [[nodiscard]] constexpr Be16 applied_to(Be16 checksum) const {
    // sum_ is far from overflow: every replace adds less than 2^34.
    const std::uint64_t sum = sum_ + static_cast<std::uint16_t>(~checksum.raw());
    return Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum)));
  }

 private:
  std::uint64_t sum_ = 0;
};

/// UDP over IPv4 says "no checksum" with zero (RFC 768): zero stays zero, and an edit never produces it.
constexpr Be16 udp_checksum_after(Be16 before, const ChecksumDelta& delta) {
  if (before.raw() == 0) return before;
  const Be16 after = delta.applied_to(before);
  return after.raw() == 0 ? Be16::from_raw(0xffff) : after;
}

/// One's complement sum over bytes, for packets that HVS writes itself (ICMP errors, outer headers) and for
/// tests. Words of 32 bits sum up to the same as those of 16 (RFC 1071, 2).
inline std::uint64_t sum_bytes(std::span<const std::uint8_t> bytes, std::uint64_t sum = 0) {
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t words = 0;
    std::memcpy(&words, bytes.data() + i, 4);
    sum += words;
  }
  for (; i + 2 <= bytes.size(); i += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, bytes.data() + i, 2);
    sum += word;
  }
  if (i < bytes.size()) {
    std::uint16_t word = 0;
    std::memcpy(&word, bytes.data() + i, 1);
    sum += word;
  }
  return sum;
}

}  // namespace hvs
