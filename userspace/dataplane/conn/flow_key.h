// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/headers.h"
#include "net/ip_addr.h"

namespace hvs {

/// The two address families as types: the data path is written once and compiled for each.
struct V4 {
  static constexpr Family family = Family::ipv4;
  using Addr = std::uint32_t;  // raw, network byte order
  static Addr from(const IpAddr& a) { return a.as_v4().raw(); }
  static IpAddr to_ip(Addr a) { return IpAddr::v4(Be32::from_raw(a)); }
};
struct V6 {
  static constexpr Family family = Family::ipv6;
  struct Addr {
    std::uint64_t lo = 0;  // raw: the first 8 bytes as they lie
    std::uint64_t hi = 0;
    friend bool operator==(const Addr& a, const Addr& b) { return ((a.lo ^ b.lo) | (a.hi ^ b.hi)) == 0; }
  };
  static Addr from(const Ipv6Bytes& bytes) {
    Addr out;
    std::memcpy(&out, bytes.data(), sizeof out);
    return out;
  }
  static Addr from(const IpAddr& a) { return from(a.bytes); }
  static Ipv6Bytes to_bytes(const Addr& a) {
    Ipv6Bytes out;
    std::memcpy(out.data(), &a, sizeof out);
    return out;
  }
  static IpAddr to_ip(const Addr& a) { return IpAddr::v6(to_bytes(a)); }
};

/// One direction's tuple, as it stands in the packet. Ports are raw (network byte order).
template <typename F>
struct FlowKey {
  typename F::Addr src{};
  typename F::Addr dst{};
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint8_t protocol = 0;
  [[nodiscard]] std::uint32_t ports() const { return src_port | static_cast<std::uint32_t>(dst_port) << 16; }
  /// Without branches between the fields: the table asks about keys that are nearly always equal.
  friend bool operator==(const FlowKey& a, const FlowKey& b) {
    const auto rest = (a.ports() ^ b.ports()) | static_cast<std::uint32_t>(a.protocol ^ b.protocol);
    if constexpr (F::family == Family::ipv4) {
      return ((a.src ^ b.src) | (a.dst ^ b.dst) | rest) == 0;
    } else {
      return (a.src == b.src) & (a.dst == b.dst) & (rest == 0);
    }
  }
};
static_assert(offsetof(FlowKey<V4>, dst) == 4 && offsetof(FlowKey<V4>, src_port) == 8);
static_assert(offsetof(FlowKey<V6>, dst) == 16 && offsetof(FlowKey<V6>, src_port) == 32);

/// Secret of the connection hash, drawn at start, so that nobody can aim flows at one bucket.
struct HashSecret {
  std::uint64_t a = 0x9e3779b97f4a7c15ULL;
  std::uint64_t b = 0xd1b54a32d192ed03ULL;
  static HashSecret random();
};

namespace detail {
inline std::uint64_t multiply_fold(std::uint64_t x, std::uint64_t y) {
#ifdef __x86_64__
  // By name: of a product of 128 bits, GCC 12 puts a half into memory, and takes it out of there.
  std::uint64_t low = x;
  std::uint64_t high = 0;
  __asm__("mulq %2" : "+a"(low), "=d"(high) : "rm"(y) : "cc");
  return low ^ high;
#else
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#endif
}
}  // namespace detail

/// `rest`: ports, and the protocol above them.
inline std::uint64_t hash_of(V4::Addr src, V4::Addr dst, std::uint64_t rest, const HashSecret& s) {
  const std::uint64_t addrs = src | static_cast<std::uint64_t>(dst) << 32;
  const std::uint64_t h = detail::multiply_fold(addrs ^ s.a, rest ^ s.b);
  return detail::multiply_fold(h ^ s.b, s.a | 1);
}
inline std::uint64_t hash_of(const V6::Addr& src, const V6::Addr& dst, std::uint64_t rest,
                             const HashSecret& s) {
  std::uint64_t h = detail::multiply_fold(src.lo ^ s.a, src.hi ^ s.b);
  h ^= detail::multiply_fold(dst.lo ^ s.b, dst.hi ^ h ^ s.a);
  return detail::multiply_fold(h ^ rest ^ s.b, s.a | 1);
}
/// Ports one by one: nobody knows how the key was written (Connection::has_key()).
template <typename F>
std::uint64_t hash_key(const FlowKey<F>& k, const HashSecret& s) {
  const std::uint64_t rest = k.src_port | static_cast<std::uint64_t>(k.dst_port) << 16 |
                             static_cast<std::uint64_t>(k.protocol) << 32;
  return hash_of(k.src, k.dst, rest, s);
}

}  // namespace hvs
