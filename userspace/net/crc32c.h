// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

// CRC32c (RFC 9260, appendix A), in the reflected form in which SCTP carries it: bit 31 of a word is the
// coefficient of x^0.
namespace hvs {

namespace detail {

constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78;

constexpr std::uint32_t crc32c_times_x(std::uint32_t a) {
  return (a >> 1) ^ ((a & 1) != 0 ? kCrc32cPolynomial : 0);
}

/// a * b modulo the polynomial.
constexpr std::uint32_t crc32c_multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (; a != 0; a <<= 1) {
    product ^= (a >> 31) != 0 ? b : 0;
    b = crc32c_times_x(b);
  }
  return product;
}

/// x^(8 * step * i), for i from 0 to 255.
constexpr std::array<std::uint32_t, 256> crc32c_powers(unsigned step) {
  std::uint32_t factor = 1U << 31;
  for (unsigned i = 0; i < 8 * step; ++i) factor = crc32c_times_x(factor);
  std::array<std::uint32_t, 256> out{};
  std::uint32_t power = 1U << 31;
  for (std::uint32_t& entry : out) {
    entry = power;
    power = crc32c_multiply(power, factor);
  }
  return out;
}

inline constexpr std::array<std::uint32_t, 256> kCrc32cBytes = crc32c_powers(1);
inline constexpr std::array<std::uint32_t, 256> kCrc32cPages = crc32c_powers(256);

}  // namespace detail

/// The CRC of short messages, a bit at a time.
constexpr std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = detail::crc32c_times_x(crc);
  }
  return ~crc;
}

/// By what the CRC of a message of `bytes` bytes (4 to 65,535) changes when its first four bytes change by
/// `change` (old xor new, the first byte lowest). The CRC is linear, so neither the rest of the message nor
/// the CRC itself matters: one that was wrong before is wrong by as much afterwards.
constexpr std::uint32_t crc32c_change(std::uint32_t change, std::size_t bytes) {
  const std::uint32_t low = detail::kCrc32cBytes[bytes & 0xff];
  const std::uint32_t high = detail::kCrc32cPages[(bytes >> 8) & 0xff];
  return detail::crc32c_multiply(change, detail::crc32c_multiply(low, high));
}

}  // namespace hvs
