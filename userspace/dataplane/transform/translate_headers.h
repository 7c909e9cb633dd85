// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "dataplane/conn/flow_key.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/translate.h"
#include "net/checksum.h"
#include "net/headers.h"

// IP headers of one family made of those of the other (RFC 7915, 4.1 and 5.1), for packets and for quotes.
namespace hvs {

template <typename F>
struct AddrPair {
  typename F::Addr src;
  typename F::Addr dst;
};
struct Upper {
  IpProto protocol;
  std::uint8_t ttl;
};
/// An IPv6 header, and a fragment header if there has to be one.
struct Ipv6Headers {
  std::array<std::uint8_t, sizeof(Ipv6Hdr) + sizeof(Ipv6FragHdr)> bytes;
  std::uint16_t size = 0;
};

// Headers are put together in registers, lowest bytes first, and written in pieces of 8 bytes: a header that
// is written field by field and then copied keeps the CPU waiting (docs/performance.md).
static_assert(std::endian::native == std::endian::little);
inline void put_word(std::uint8_t* at, std::uint64_t word) { std::memcpy(at, &word, sizeof word); }

inline std::uint16_t ipv6_headers_size(const Ipv4Hdr& from) {
  return sizeof(Ipv6Hdr) + (from.fragment() ? sizeof(Ipv6FragHdr) : 0);
}

/// Writes ipv6_headers_size() bytes. `from` must not lie there.
inline void put_ipv6_headers(std::uint8_t* at, const Ipv4Hdr& from, const AddrPair<V6>& addrs,
                             std::uint16_t payload, const Upper& upper) {
  const bool fragment = from.fragment();
  const Be32 version_class_flow{0x60000000U | std::uint32_t{from.tos} << 20};
  const Be16 length{static_cast<std::uint16_t>(payload + (fragment ? sizeof(Ipv6FragHdr) : 0))};
  const IpProto next = fragment ? IpProto::fragment : upper.protocol;
  put_word(at, version_class_flow.raw() | static_cast<std::uint64_t>(length.raw()) << 32 |
                   static_cast<std::uint64_t>(next) << 48 | static_cast<std::uint64_t>(upper.ttl) << 56);
  put_word(at + 8, addrs.src.lo);
  put_word(at + 16, addrs.src.hi);
  put_word(at + 24, addrs.dst.lo);
  put_word(at + 32, addrs.dst.hi);
  if (!fragment) return;
  const std::uint16_t flags = from.flags_offset.host();
  const Be16 offset_flags{static_cast<std::uint16_t>((flags & Ipv4Hdr::kOffsetMask) << 3 |
                                                     ((flags & Ipv4Hdr::kMoreFragments) != 0 ? 1 : 0))};
  put_word(at + sizeof(Ipv6Hdr), static_cast<std::uint64_t>(upper.protocol) |
                                     static_cast<std::uint64_t>(offset_flags.raw()) << 16 |
                                     static_cast<std::uint64_t>(Be32{from.id.host()}.raw()) << 32);
}

inline void ipv6_headers(const Ipv4Hdr& from, const AddrPair<V6>& addrs, std::uint16_t payload,
                         const Upper& upper, Ipv6Headers& out) {
  put_ipv6_headers(out.bytes.data(), from, addrs, payload, upper);
  out.size = ipv6_headers_size(from);
}

/// Writes sizeof(Ipv4Hdr) bytes. `from` may lie there, `fragment` must not. `fragment`: the packet's fragment
/// header, or nullptr. `id` is for a packet that may be cut; one that may not needs none (RFC 6864, 4.1).
inline void put_ipv4_header(std::uint8_t* at, const Ipv6Hdr& from, const Ipv6FragHdr* fragment,
                            const AddrPair<V4>& addrs, std::uint16_t payload, const Upper& upper,
                            std::uint16_t id) {
  const auto tos = static_cast<std::uint8_t>(from.version_class_flow.host() >> 20);
  const auto total = static_cast<std::uint16_t>(sizeof(Ipv4Hdr) + payload);
  Be16 ip_id;
  Be16 flags_offset;
  if (fragment != nullptr) {
    const std::uint16_t flags = fragment->offset_flags.host();
    ip_id = Be16{static_cast<std::uint16_t>(fragment->id.host())};
    flags_offset =
        Be16{static_cast<std::uint16_t>(flags >> 3 | ((flags & 1) != 0 ? Ipv4Hdr::kMoreFragments : 0))};
  } else if (total > kMayBeCut) {
    flags_offset = Be16{Ipv4Hdr::kDontFragment};
  } else {
    ip_id = Be16{id};
  }
  const std::uint64_t first =
      0x45U | static_cast<std::uint64_t>(tos) << 8 | static_cast<std::uint64_t>(Be16{total}.raw()) << 16 |
      static_cast<std::uint64_t>(ip_id.raw()) << 32 | static_cast<std::uint64_t>(flags_offset.raw()) << 48;
  const std::uint64_t second = upper.ttl | static_cast<std::uint64_t>(upper.protocol) << 8 |
                               static_cast<std::uint64_t>(addrs.src) << 32;
  const auto halves = [](std::uint64_t word) { return (word & 0xffffffffU) + (word >> 32); };
  const auto checksum =
      static_cast<std::uint16_t>(~fold_checksum(halves(first) + halves(second) + addrs.dst));
  put_word(at, first);
  put_word(at + 8, second | static_cast<std::uint64_t>(checksum) << 16);
  std::memcpy(at + 16, &addrs.dst, sizeof addrs.dst);
}

/// The same as a value, for a header that is quoted.
inline Ipv4Hdr ipv4_header(const Ipv6Hdr& from, const Ipv6FragHdr* fragment, const AddrPair<V4>& addrs,
                           std::uint16_t payload, const Upper& upper, std::uint16_t id) {
  Ipv4Hdr ip;
  put_ipv4_header(reinterpret_cast<std::uint8_t*>(&ip), from, fragment, addrs, payload, upper, id);
  return ip;
}

/// What the sum over the pseudo-header changes by: addresses alone, since lengths and protocols add up to the
/// same.
inline ChecksumDelta pseudo_delta(const Ipv4Hdr& from, const V6::Addr& src, const V6::Addr& dst) {
  ChecksumDelta delta;
  delta.replace(std::array{IpHeader<V4>::pair(from.src.raw(), from.dst.raw())},
                IpHeader<V6>::words(src, dst));
  return delta;
}
inline ChecksumDelta pseudo_delta(const Ipv6Hdr& from, V4::Addr src, V4::Addr dst) {
  ChecksumDelta delta;
  delta.replace(IpHeader<V6>::words(V6::from(from.src), V6::from(from.dst)),
                std::array{IpHeader<V4>::pair(src, dst)});
  return delta;
}

}  // namespace hvs
