// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/check.h"
#include "base/reader.h"
#include "net/headers.h"
#include "net/parse.h"

// The short way through parse_frame for what nearly every frame is: TCP or UDP over IPv4 or IPv6 without
// tags, options, extension headers and fragments, and sound. Inline, because it is the start of every
// packet's way.
namespace hvs {

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

/// In the order of the fields: constants that lie side by side become one store.
inline void set_plain(Parsed& out, Family family, IpProto protocol, bool dont_fragment, std::uint16_t l4,
                      unsigned end) {
  out.kind = Parsed::Kind::flow;
  out.defect = Parsed::Defect::none;
  out.family = family;
  out.vlan_tags = 0;
  out.first_fragment = false;
  out.quote_protocol = 0;
  out.dont_fragment = dont_fragment;
  out.protocol = static_cast<std::uint8_t>(protocol);
  out.vlan_tci = 0;
  out.l3 = sizeof(EthHdr);
  out.l4 = l4;
  out.end = static_cast<std::uint16_t>(end);
  out.quote_l3 = 0;
  out.quote_l4 = 0;
}

inline bool parse_plain_ipv4(Reader frame, Parsed& out) {
  constexpr std::uint16_t kL4 = sizeof(EthHdr) + sizeof(Ipv4Hdr);
  if (HVS_UNLIKELY(frame.at<UdpHdr>(kL4) == nullptr)) return false;
  const auto& ip = *frame.at<Ipv4Hdr>(sizeof(EthHdr));
  const std::uint16_t fragment = ip.flags_offset.host();
  const unsigned total = ip.total_length.host();
  if (HVS_UNLIKELY(ip.version_ihl != 0x45 ||
                   (fragment & (Ipv4Hdr::kOffsetMask | Ipv4Hdr::kMoreFragments)) != 0 ||
                   total < sizeof(Ipv4Hdr) || total > frame.size() - sizeof(EthHdr) ||
                   !plain_l4(frame, kL4, ip.protocol.host(), total - unsigned{sizeof(Ipv4Hdr)})))
    return false;
  set_plain(out, Family::ipv4, ip.protocol.host(), (fragment & Ipv4Hdr::kDontFragment) != 0, kL4,
            sizeof(EthHdr) + total);
  out.fragment_id = ip.id.raw();
  return true;
}

/// The same for IPv6 without extension headers.
inline bool parse_plain_ipv6(Reader frame, Parsed& out) {
  constexpr std::uint16_t kL4 = sizeof(EthHdr) + sizeof(Ipv6Hdr);
  if (HVS_UNLIKELY(frame.at<UdpHdr>(kL4) == nullptr)) return false;
  const auto& ip = *frame.at<Ipv6Hdr>(sizeof(EthHdr));
  const unsigned payload = ip.payload_length.host();
  if (HVS_UNLIKELY(ip.version() != 6 || payload > frame.size() - kL4 ||
                   !plain_l4(frame, kL4, ip.next_header.host(), payload)))
    return false;
  set_plain(out, Family::ipv6, ip.next_header.host(), true, kL4, kL4 + payload);
  out.fragment_id = 0;
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
