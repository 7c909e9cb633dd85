// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstring>

#include "base/check.h"
#include "base/reader.h"
#include "net/headers.h"
#include "net/parse.h"

// The short way through parse_frame for what nearly every frame is: TCP or UDP over IPv4 or IPv6 without
// tags, options, extension headers and fragments, and sound. Inline, because it is the start of every
// packet's way.
namespace hvs {

/// Where the headers of such a frame are.
inline constexpr std::uint16_t kPlainL3 = sizeof(EthHdr);
template <Family family>
inline constexpr std::uint16_t kPlainL4 = kPlainL3 +
                                          (family == Family::ipv4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr));

namespace detail {

/// TCP or UDP without a defect at `l4`, in `bytes` bytes of packet. UDP's header was found whole in the
/// frame.
inline bool plain_l4(Reader frame, unsigned l4, IpProto protocol, unsigned bytes) {
  if (protocol == IpProto::udp) {
    const unsigned length = frame.at<UdpHdr>(l4)->length.host();
    return length >= sizeof(UdpHdr) && length <= bytes;
  }
  const auto* tcp = frame.at<TcpHdr>(l4);
  return protocol == IpProto::tcp && tcp != nullptr && tcp->header_bytes() >= sizeof(TcpHdr) &&
         tcp->header_bytes() <= bytes;
}

constexpr Parsed plain_flow(Family family, std::uint16_t l4) {
  Parsed out;
  out.kind = Parsed::Kind::flow;
  out.family = family;
  out.dont_fragment = true;
  out.l3 = sizeof(EthHdr);
  out.l4 = l4;
  return out;
}

inline bool parse_plain_ipv4(Reader frame, Parsed& out) {
  constexpr std::uint16_t kL4 = kPlainL4<Family::ipv4>;
  static constexpr Parsed kPlain = plain_flow(Family::ipv4, kL4);
  if (HVS_UNLIKELY(frame.at<UdpHdr>(kL4) == nullptr)) return false;
  const auto& ip = *frame.at<Ipv4Hdr>(sizeof(EthHdr));
  const std::uint16_t fragment = ip.flags_offset.host();
  const unsigned total = ip.total_length.host();
  const unsigned payload = total - unsigned{sizeof(Ipv4Hdr)};  // huge when there is not even the header
  if (HVS_UNLIKELY(ip.version_ihl != 0x45 ||
                   (fragment & (Ipv4Hdr::kOffsetMask | Ipv4Hdr::kMoreFragments)) != 0 ||
                   payload > frame.size() - kL4 || !plain_l4(frame, kL4, ip.protocol.host(), payload)))
    return false;
  std::memcpy(&out, &kPlain, sizeof out);  // some wide stores
  out.dont_fragment = (fragment & Ipv4Hdr::kDontFragment) != 0;
  out.protocol = static_cast<std::uint8_t>(ip.protocol.host());
  out.end = static_cast<std::uint16_t>(sizeof(EthHdr) + total);
  out.fragment_id = ip.id.raw();
  return true;
}

/// The same for IPv6 without extension headers.
inline bool parse_plain_ipv6(Reader frame, Parsed& out) {
  constexpr std::uint16_t kL4 = kPlainL4<Family::ipv6>;
  static constexpr Parsed kPlain = plain_flow(Family::ipv6, kL4);
  if (HVS_UNLIKELY(frame.at<UdpHdr>(kL4) == nullptr)) return false;
  const auto& ip = *frame.at<Ipv6Hdr>(sizeof(EthHdr));
  const unsigned payload = ip.payload_length.host();
  if (HVS_UNLIKELY(ip.version() != 6 || payload > frame.size() - kL4 ||
                   !plain_l4(frame, kL4, ip.next_header.host(), payload)))
    return false;
  std::memcpy(&out, &kPlain, sizeof out);
  out.protocol = static_cast<std::uint8_t>(ip.next_header.host());
  out.end = static_cast<std::uint16_t>(kL4 + payload);
  return true;
}

}  // namespace detail

/// True, and `out` is what parse_frame() would make of the frame; or false, and it says nothing.
inline bool parse_plain(Reader frame, Parsed& out) {
  // A frame beyond what parse_frame() looks at is not plain.
  if (HVS_UNLIKELY(frame.size() < sizeof(EthHdr) || frame.size() > 0xffff)) return false;
  const Be<EtherType> type = frame.at<EthHdr>(0)->type;
  if (type == Be{EtherType::ipv4}) return detail::parse_plain_ipv4(frame, out);
  if (type == Be{EtherType::ipv6}) return detail::parse_plain_ipv6(frame, out);
  return false;
}

}  // namespace hvs
