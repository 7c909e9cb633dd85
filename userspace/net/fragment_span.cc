// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/fragment_span.h"

#include "bpf/steer_abi.h"
#include "net/headers.h"

namespace hvs {

namespace {

constexpr std::uint32_t kUnit = 8;  // of fragment offsets

FragmentSpan span_of(std::uint32_t offset, std::uint32_t bytes, bool more) {
  return {offset, offset + (more ? bytes / kUnit * kUnit : bytes), !more};
}

FragmentSpan span_v4(const Ipv4Hdr& ip) {
  const std::uint32_t field = ip.flags_offset.host();
  return span_of((field & Ipv4Hdr::kOffsetMask) * kUnit, ip.total_length.host() - ip.header_bytes(),
                 (field & Ipv4Hdr::kMoreFragments) != 0);
}

/// What follows the fragment header is what was cut, other extension headers included.
FragmentSpan span_v6(Reader packet, unsigned l3) {
  const auto* ip = packet.at<Ipv6Hdr>(l3);
  if (ip == nullptr) return {};
  IpProto next = ip->next_header.host();
  unsigned at = l3 + sizeof(Ipv6Hdr);
  for (unsigned walked = 0; walked < HVS_MAX_IPV6_EXT; ++walked) {
    const auto* header = packet.at<Ipv6FragHdr>(at);  // every extension header has 8 bytes at least
    if (header == nullptr) return {};
    if (next == IpProto::fragment) {
      at += sizeof(Ipv6FragHdr);
      if (header->later_fragment() || header->more_fragments())
        return span_of(header->offset_flags.host() & 0xfff8U, static_cast<std::uint32_t>(packet.size() - at),
                       header->more_fragments());
    } else {
      at += packet.at<Ipv6ExtHdr>(at)->bytes();
    }
    next = header->next_header.host();
  }
  return {};
}

}  // namespace

FragmentSpan fragment_span(Reader frame, const Parsed& p) {
  if (p.family == Family::ipv6) return span_v6(frame.first(p.end), p.l3);
  const auto* ip = frame.at<Ipv4Hdr>(p.l3);
  return ip == nullptr ? FragmentSpan{} : span_v4(*ip);
}

}  // namespace hvs
