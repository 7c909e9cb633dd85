// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hvs {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

namespace detail {

/// The four words of SipHash's state and its round.
struct SipState {
  std::uint64_t v0, v1, v2, v3;

  explicit SipState(SipKey key)
      : v0(key.k0 ^ 0x736f6d6570736575ULL),
        v1(key.k1 ^ 0x646f72616e646f6dULL),
        v2(key.k0 ^ 0x6c7967656e657261ULL),
        v3(key.k1 ^ 0x7465646279746573ULL) {}

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  [[nodiscard]] std::uint64_t finish() {
    v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace detail

/// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of `size` bytes. Words are
/// read as little endian, whatever the machine is.
[[nodiscard]] inline std::uint64_t siphash24(SipKey key, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  detail::SipState state(key);
  const auto word_at = [&](std::size_t at, std::size_t length) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < length; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
    return word;
  };
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) state.absorb(word_at(at, 8));
  state.absorb(word_at(at, size - at) | std::uint64_t{size & 0xff} << 56);
  return state.finish();
}

}  // namespace hvs
