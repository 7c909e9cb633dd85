// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/conn/flow_key.h"
#include "net/checksum.h"
#include "net/headers.h"

namespace hvs {

/// Headers of either family behind one face: what the transforms need to read and to write.
template <typename F>
struct IpHeader;

template <>
struct IpHeader<V4> {
  using Type = Ipv4Hdr;
  static V4::Addr src(const Ipv4Hdr& ip) { return ip.src.raw(); }
  static V4::Addr dst(const Ipv4Hdr& ip) { return ip.dst.raw(); }
  static void set(Ipv4Hdr& ip, V4::Addr src, V4::Addr dst) {
    ip.src = Be32::from_raw(src);
    ip.dst = Be32::from_raw(dst);
  }
  static void edit(ChecksumDelta& delta, const Ipv4Hdr& ip, V4::Addr src, V4::Addr dst) {
    delta.replace(pair(ip.src.raw(), ip.dst.raw()), pair(src, dst));
  }
  static std::uint64_t pair(V4::Addr a, V4::Addr b) { return a | static_cast<std::uint64_t>(b) << 32; }
  static std::uint8_t ttl(const Ipv4Hdr& ip) { return ip.ttl; }
};

template <>
struct IpHeader<V6> {
  using Type = Ipv6Hdr;
  static V6::Addr src(const Ipv6Hdr& ip) { return V6::from(ip.src); }
  static V6::Addr dst(const Ipv6Hdr& ip) { return V6::from(ip.dst); }
  static void set(Ipv6Hdr& ip, const V6::Addr& src, const V6::Addr& dst) {
    ip.src = V6::to_bytes(src);
    ip.dst = V6::to_bytes(dst);
  }
  static void edit(ChecksumDelta& delta, const Ipv6Hdr& ip, const V6::Addr& src, const V6::Addr& dst) {
    delta.replace(words(V6::from(ip.src), V6::from(ip.dst)), words(src, dst));
  }
  static std::array<std::uint64_t, 4> words(const V6::Addr& a, const V6::Addr& b) {
    return {a.lo, a.hi, b.lo, b.hi};
  }
  static std::uint8_t ttl(const Ipv6Hdr& ip) { return ip.hop_limit; }
};

/// The header at `offset`; the parser has shown that it is there whole.
template <typename T>
T& header_at(std::uint8_t* frame, std::uint16_t offset) {
  static_assert(alignof(T) == 1);
  return *reinterpret_cast<T*>(frame + offset);
}

/// Writes both addresses and returns what that changes in a sum that covers them.
template <typename F>
ChecksumDelta rewrite_addresses(typename IpHeader<F>::Type& ip, const typename F::Addr& src,
                                const typename F::Addr& dst) {
  ChecksumDelta delta;
  IpHeader<F>::edit(delta, ip, src, dst);
  IpHeader<F>::set(ip, src, dst);
  return delta;
}

/// Takes one from the TTL. IPv4: TTL is the upper half of a 16-bit word of the header checksum, so whatever
/// it was, that word becomes 0x0100 less.
inline void decrement_ttl(Ipv4Hdr& ip, ChecksumDelta& header) {
  --ip.ttl;
  header.replace(Be16{std::uint16_t{0x0100}}, Be16{std::uint16_t{0}});
}
inline void decrement_ttl(Ipv6Hdr& ip, ChecksumDelta&) { --ip.hop_limit; }

inline void apply_header_delta(Ipv4Hdr& ip, const ChecksumDelta& delta) {
  ip.checksum = delta.applied_to(ip.checksum);
}
inline void apply_header_delta(Ipv6Hdr&, const ChecksumDelta&) {}

}  // namespace hvs
