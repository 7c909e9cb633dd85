// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/headers.h"

namespace hvs {

/// The numbers are those that the steering maps use (bpf/steer_abi.h).
enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

inline constexpr std::array kFamilies = {Family::ipv4, Family::ipv6};

/// An address of either family. An IPv4 address fills the first 4 bytes; the rest is zero.
struct IpAddr {
  Ipv6Bytes bytes{};
  Family family = Family::ipv4;

  static IpAddr v4(Be32 addr) {
    // One store of 16 bytes: who hashes or copies the address at once would wait for two smaller ones to
    // leave the store buffer.
    using Halves = std::uint64_t __attribute__((vector_size(16)));
    static_assert(std::endian::native == std::endian::little);
    const Halves halves = {addr.raw(), 0};
    IpAddr out;
    std::memcpy(out.bytes.data(), &halves, sizeof halves);
    return out;
  }
  static IpAddr v6(const Ipv6Bytes& addr) { return {addr, Family::ipv6}; }
  /// Text of RFC 4632/5952, without prefix or zone; nothing when it is not an address.
  static std::optional<IpAddr> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return family == Family::ipv4; }
  [[nodiscard]] Be32 as_v4() const {
    std::uint32_t raw = 0;
    std::memcpy(&raw, bytes.data(), sizeof raw);
    return Be32::from_raw(raw);
  }
  [[nodiscard]] std::string text() const;
  /// "a.b.c.d:port" or "[addr]:port".
  [[nodiscard]] std::string text(std::uint16_t port) const;
  friend auto operator<=>(const IpAddr&, const IpAddr&) = default;
  /// Without the call that the arrays' own makes: new connections are compared by it.
  friend bool operator==(const IpAddr& a, const IpAddr& b) {
    std::uint64_t x[2];
    std::uint64_t y[2];
    std::memcpy(x, a.bytes.data(), sizeof x);
    std::memcpy(y, b.bytes.data(), sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0 && a.family == b.family;
  }
};

/// The first `length` bits of an address, in two words as they lie.
struct PrefixMask {
  std::uint64_t half[2];
  explicit constexpr PrefixMask(unsigned length) : half{bits(length), bits(length > 64 ? length - 64U : 0)} {}

 private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::uint64_t bits(unsigned count) {
    return count == 0 ? 0 : __builtin_bswap64(~std::uint64_t{0} << (64 - (count < 64 ? count : 64)));
  }
};

/// A prefix; host bits are zero.
struct IpPrefix {
  IpAddr addr;
  std::uint8_t length = 0;
  [[nodiscard]] bool contains(const IpAddr& a) const {
    const PrefixMask mask(length);
    std::uint64_t x[2];
    std::uint64_t y[2];
    std::memcpy(x, addr.bytes.data(), sizeof x);
    std::memcpy(y, a.bytes.data(), sizeof y);
    return (((x[0] ^ y[0]) & mask.half[0]) | ((x[1] ^ y[1]) & mask.half[1])) == 0 && a.family == addr.family;
  }
  [[nodiscard]] bool contains(const IpPrefix& p) const { return p.length >= length && contains(p.addr); }
  [[nodiscard]] std::string text() const { return addr.text() + "/" + std::to_string(length); }
  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

/// The first `length` bits; the others become zero.
inline IpAddr masked(const IpAddr& addr, unsigned length) {
  const PrefixMask mask(length);
  IpAddr out = addr;
  std::uint64_t half[2];
  std::memcpy(half, out.bytes.data(), sizeof half);
  half[0] &= mask.half[0];
  half[1] &= mask.half[1];
  std::memcpy(out.bytes.data(), half, sizeof half);
  return out;
}

/// "aa:bb:cc:dd:ee:ff".
std::string mac_text(const MacAddr& mac);

}  // namespace hvs

template <>
struct std::hash<hvs::IpAddr> {
  std::size_t operator()(const hvs::IpAddr& a) const noexcept {
    std::uint64_t lo = 0;
    std::uint64_t hi = 0;
    std::memcpy(&lo, a.bytes.data(), 8);
    std::memcpy(&hi, a.bytes.data() + 8, 8);
    return (lo * 0x9e3779b97f4a7c15ULL) ^
           ((hi + static_cast<std::uint64_t>(a.family)) * 0xc2b2ae3d27d4eb4fULL);
  }
};
