// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
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

inline void ipv6_headers(const Ipv4Hdr& from, const AddrPair<V6>& addrs, std::uint16_t payload,
                         const Upper& upper, Ipv6Headers& out) {
  const bool fragment = from.fragment();
  Ipv6Hdr ip{};
  ip.version_class_flow = Be32{0x60000000U | std::uint32_t{from.tos} << 20};
  ip.payload_length = Be16{static_cast<std::uint16_t>(payload + (fragment ? sizeof(Ipv6FragHdr) : 0))};
  ip.next_header = Be{fragment ? IpProto::fragment : upper.protocol};
  ip.hop_limit = upper.ttl;
  ip.src = V6::to_bytes(addrs.src);
  ip.dst = V6::to_bytes(addrs.dst);
  std::memcpy(out.bytes.data(), &ip, sizeof ip);
  out.size = sizeof ip;
  if (!fragment) return;
  const std::uint16_t flags = from.flags_offset.host();
  Ipv6FragHdr header{};
  header.next_header = Be{upper.protocol};
  header.offset_flags = Be16{static_cast<std::uint16_t>((flags & Ipv4Hdr::kOffsetMask) << 3 |
                                                        ((flags & Ipv4Hdr::kMoreFragments) != 0 ? 1 : 0))};
  header.id = Be32{from.id.host()};
  std::memcpy(out.bytes.data() + sizeof ip, &header, sizeof header);
  out.size += sizeof header;
}

/// `fragment`: the packet's fragment header, or nullptr. `id` is for a packet that may be cut; one that may
/// not needs none (RFC 6864, 4.1).
inline Ipv4Hdr ipv4_header(const Ipv6Hdr& from, const Ipv6FragHdr* fragment, const AddrPair<V4>& addrs,
                           std::uint16_t payload, const Upper& upper, std::uint16_t id) {
  Ipv4Hdr ip{};
  ip.version_ihl = 0x45;
  ip.tos = static_cast<std::uint8_t>(from.version_class_flow.host() >> 20);
  const auto total = static_cast<std::uint16_t>(sizeof ip + payload);
  ip.total_length = Be16{total};
  if (fragment != nullptr) {
    const std::uint16_t flags = fragment->offset_flags.host();
    ip.id = Be16{static_cast<std::uint16_t>(fragment->id.host())};
    ip.flags_offset =
        Be16{static_cast<std::uint16_t>(flags >> 3 | ((flags & 1) != 0 ? Ipv4Hdr::kMoreFragments : 0))};
  } else if (total > kMayBeCut) {
    ip.flags_offset = Be16{Ipv4Hdr::kDontFragment};
  } else {
    ip.id = Be16{id};
  }
  ip.ttl = upper.ttl;
  ip.protocol = Be{upper.protocol};
  IpHeader<V4>::set(ip, addrs.src, addrs.dst);
  const std::uint64_t sum = sum_bytes({reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip});
  ip.checksum = Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum)));
  return ip;
}

/// What the sum over the pseudo-header changes by: addresses alone, since lengths and protocols add up to the
/// same.
inline ChecksumDelta pseudo_delta(const Ipv4Hdr& from, const V6::Addr& src, const V6::Addr& dst) {
  ChecksumDelta delta;
  delta.replace(IpHeader<V4>::pair(from.src.raw(), from.dst.raw()), src.lo);
  delta.replace(std::uint64_t{0}, src.hi);
  delta.replace(std::uint64_t{0}, dst.lo);
  delta.replace(std::uint64_t{0}, dst.hi);
  return delta;
}
inline ChecksumDelta pseudo_delta(const Ipv6Hdr& from, V4::Addr src, V4::Addr dst) {
  ChecksumDelta delta;
  delta.replace(V6::from(from.src).lo, IpHeader<V4>::pair(src, dst));
  delta.replace(V6::from(from.src).hi, std::uint64_t{0});
  delta.replace(V6::from(from.dst).lo, std::uint64_t{0});
  delta.replace(V6::from(from.dst).hi, std::uint64_t{0});
  return delta;
}

}  // namespace hvs
