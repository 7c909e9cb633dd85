// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/parse.h"

#include "base/check.h"
#include "bpf/steer_abi.h"
#include "net/ipv4_options.h"
#include "net/parse_plain.h"

namespace hvs {

namespace {

using Kind = Parsed::Kind;
using Defect = Parsed::Defect;

constexpr unsigned kQuotedL4Bytes = 8;  // RFC 792: what every sender of an error quotes

bool is_walked_extension(IpProto protocol) {
  return is_options_or_routing(protocol) || protocol == IpProto::fragment;
}

/// Where the IP headers end and what follows them.
struct Upper {
  unsigned l4 = 0;
  IpProto protocol{};
  bool later_fragment = false;
  bool more_fragments = false;
  bool fragment_header = false;  // IPv6
  bool hops_left = false;        // source route or routing header that is not used up
  std::uint32_t fragment_id = 0;
};

/// Walks extension headers from `at`; false when one is cut off or there are too many. A later fragment ends
/// the walk: what follows its header is payload.
bool walk_extensions(Reader packet, unsigned at, IpProto next, Upper& upper) {
  for (unsigned walked = 0; is_walked_extension(next); ++walked) {
    if (walked == HVS_MAX_IPV6_EXT) return false;
    if (next == IpProto::fragment) {
      const auto* fragment = packet.at<Ipv6FragHdr>(at);
      if (fragment == nullptr) return false;
      upper.fragment_header = true;
      upper.fragment_id = fragment->id.raw();
      upper.more_fragments = fragment->more_fragments();
      next = fragment->next_header.host();
      at += sizeof(Ipv6FragHdr);
      if (fragment->later_fragment()) {
        upper.later_fragment = true;
        break;
      }
      continue;
    }
    const auto* extension = packet.at<Ipv6FragHdr>(at);  // every extension header has 8 bytes at least
    if (extension == nullptr) return false;
    const auto* header = packet.at<Ipv6ExtHdr>(at);
    constexpr unsigned kSegmentsLeft = 3;  // byte of a routing header (RFC 8200, 4.4)
    if (next == IpProto::routing && packet.data()[at + kSegmentsLeft] != 0) upper.hops_left = true;
    next = header->next_header.host();
    at += header->bytes();
  }
  upper.l4 = at;
  upper.protocol = next;
  return at <= HVS_MAX_HEADER_BYTES;  // the steering program's bound
}

Defect tcp_defect(Reader packet, unsigned l4) {
  const auto* tcp = packet.at<TcpHdr>(l4);
  if (tcp == nullptr) return Defect::l4;
  const unsigned bytes = tcp->header_bytes();
  return bytes < sizeof(TcpHdr) || bytes > packet.size() - l4 ? Defect::l4 : Defect::none;
}

Defect udp_defect(Reader packet, unsigned l4, bool first_fragment) {
  const auto* udp = packet.at<UdpHdr>(l4);
  if (udp == nullptr) return Defect::l4;
  const unsigned bytes = udp->length.host();
  // A first fragment declares the length of the whole datagram.
  return bytes < sizeof(UdpHdr) || (!first_fragment && bytes > packet.size() - l4) ? Defect::l4
                                                                                   : Defect::none;
}

/// An SCTP packet has a chunk at least; of a first fragment the header is enough.
Defect sctp_defect(Reader packet, unsigned l4, bool first_fragment) {
  if (packet.at<SctpHdr>(l4) == nullptr) return Defect::l4;
  if (first_fragment) return Defect::none;
  const auto* chunk = packet.at<SctpChunkHdr>(l4 + sizeof(SctpHdr));
  if (chunk == nullptr) return Defect::l4;
  const unsigned bytes = chunk->length.host();
  return bytes < sizeof(SctpChunkHdr) || bytes > packet.size() - l4 - sizeof(SctpHdr) ? Defect::l4
                                                                                      : Defect::none;
}

Defect l4_defect(Reader packet, const Upper& upper) {
  if (upper.protocol == IpProto::tcp) return tcp_defect(packet, upper.l4);
  if (upper.protocol == IpProto::udp) return udp_defect(packet, upper.l4, upper.more_fragments);
  return sctp_defect(packet, upper.l4, upper.more_fragments);
}

/// `packet` is the frame up to the end of the IP packet, `looks` the part of it that the rule may read.
void parse_flow(Reader packet, Reader looks, const Upper& upper, Parsed& out) {
  if (looks.at<L4Ports>(upper.l4) == nullptr) return;
  out.kind = Kind::flow;
  out.l4 = static_cast<std::uint16_t>(upper.l4);
  out.first_fragment = upper.more_fragments;
  const Defect defect = l4_defect(packet, upper);
  if (HVS_UNLIKELY(defect != Defect::none))
    out.defect = upper.more_fragments ? Defect::tiny_fragment : defect;
}

bool is_icmp_error(Family family, std::uint8_t type) {
  if (family == Family::ipv4) return type == 3 || type == 11 || type == 12;  // RFC 792
  return type >= 1 && type <= 4;                                             // RFC 4443
}

/// The quoted packet at `at`: where its L4 header starts. False when the rule cannot use it.
bool walk_quote(Reader looks, unsigned at, Family family, Upper& quote) {
  if (family == Family::ipv4) {
    const auto* ip = looks.at<Ipv4Hdr>(at);
    if (ip == nullptr || ip->version() != 4 || ip->header_bytes() < sizeof(Ipv4Hdr)) return false;
    quote.l4 = at + ip->header_bytes();
    quote.protocol = ip->protocol.host();
    quote.later_fragment = ip->later_fragment();
    return true;
  }
  const auto* ip = looks.at<Ipv6Hdr>(at);
  if (ip == nullptr || ip->version() != 6) return false;
  return walk_extensions(looks, at + sizeof(Ipv6Hdr), ip->next_header.host(), quote);
}

bool is_icmp_query(Reader looks, unsigned at, Family family) {
  const auto* icmp = looks.at<IcmpHdr>(at);
  const bool v4 = family == Family::ipv4;
  return icmp != nullptr && (is_icmp_request(icmp->type, v4) || is_icmp_answer(icmp->type, v4));
}

IpProto icmp_of(Family family) { return family == Family::ipv4 ? IpProto::icmp : IpProto::icmpv6; }

void parse_icmp(Reader packet, Reader looks, const Upper& upper, Parsed& out) {
  if (upper.later_fragment) {
    out.kind = Kind::later_fragment;
    out.l4 = static_cast<std::uint16_t>(upper.l4);
    return;
  }
  if (is_icmp_query(looks, upper.l4, out.family)) {
    out.kind = Kind::icmp_query;
    out.l4 = static_cast<std::uint16_t>(upper.l4);
    out.first_fragment = upper.more_fragments;
    return;
  }
  if (upper.more_fragments) return;
  const auto* icmp = looks.at<IcmpHdr>(upper.l4);
  if (icmp == nullptr || !is_icmp_error(out.family, icmp->type)) return;
  const unsigned quote_l3 = upper.l4 + sizeof(IcmpHdr);
  Upper quote;
  if (!walk_quote(looks, quote_l3, out.family, quote)) return;
  const bool tunnel = is_tunnel(quote.protocol);
  const bool query = quote.protocol == icmp_of(out.family);
  if (quote.later_fragment || !(tunnel || query || has_ports(quote.protocol))) return;
  if (query && !is_icmp_query(looks, quote.l4, out.family)) return;
  if (!tunnel && looks.at<L4Ports>(quote.l4) == nullptr) return;
  out.kind = Kind::icmp_error;
  out.l4 = static_cast<std::uint16_t>(upper.l4);
  out.quote_l3 = static_cast<std::uint16_t>(quote_l3);
  out.quote_l4 = static_cast<std::uint16_t>(quote.l4);
  out.quote_protocol = static_cast<std::uint8_t>(quote.protocol);
  if (!tunnel && packet.size() - quote.l4 < kQuotedL4Bytes) out.defect = Defect::icmp;
}

Defect hops_left(Family family) {
  return family == Family::ipv4 ? Defect::ipv4_source_route : Defect::ipv6_extensions;
}

/// What IPv4 and IPv6 share once their headers are walked.
void parse_upper(Reader packet, Reader looks, const Upper& upper, unsigned second_offset, Parsed& out) {
  out.protocol = static_cast<std::uint8_t>(upper.protocol);
  out.fragment_id = upper.fragment_id;
  if (HVS_LIKELY(has_ports(upper.protocol))) {
    if (HVS_LIKELY(!upper.later_fragment)) {
      parse_flow(packet, looks, upper, out);
    } else {
      out.kind = Kind::later_fragment;
      out.l4 = static_cast<std::uint16_t>(upper.l4);
      // RFC 3128: it would overwrite the flags of a header whose first 8 bytes came in the first fragment.
      if (upper.protocol == IpProto::tcp && second_offset == 1) out.defect = Defect::tiny_fragment;
    }
  } else if (upper.protocol == icmp_of(out.family)) {
    parse_icmp(packet, looks, upper, out);
  } else if (upper.later_fragment && out.family == Family::ipv6 && is_options_or_routing(upper.protocol)) {
    out.kind = Kind::later_fragment;
    out.l4 = static_cast<std::uint16_t>(upper.l4);
  }
  if (HVS_UNLIKELY(upper.hops_left) && out.kind != Kind::other) out.defect = hops_left(out.family);
}

void parse_ipv4(Reader frame, unsigned l3, Parsed& out) {
  const auto* ip = frame.at<Ipv4Hdr>(l3);
  if (ip == nullptr || ip->version() != 4) return;
  const unsigned header = ip->header_bytes();
  const unsigned total = ip->total_length.host();
  if (header < sizeof(Ipv4Hdr) || total < header || total > frame.size() - l3) return;
  const std::uint16_t fragment = ip->flags_offset.host();
  out.family = Family::ipv4;
  out.l3 = static_cast<std::uint16_t>(l3);
  out.end = static_cast<std::uint16_t>(l3 + total);
  out.dont_fragment = (fragment & Ipv4Hdr::kDontFragment) != 0;
  Upper upper;
  upper.l4 = l3 + header;
  upper.protocol = ip->protocol.host();
  upper.later_fragment = (fragment & Ipv4Hdr::kOffsetMask) != 0;
  upper.more_fragments = (fragment & Ipv4Hdr::kMoreFragments) != 0;
  upper.fragment_id = ip->id.raw();
  if (HVS_UNLIKELY(header > sizeof(Ipv4Hdr))) upper.hops_left = source_route_left(*ip);
  const Reader packet = frame.first(l3 + total);
  parse_upper(packet, packet.first(HVS_MAX_HEADER_BYTES), upper, fragment & Ipv4Hdr::kOffsetMask, out);
}

void parse_ipv6(Reader frame, unsigned l3, Parsed& out) {
  const auto* ip = frame.at<Ipv6Hdr>(l3);
  if (ip == nullptr || ip->version() != 6) return;
  const unsigned total = sizeof(Ipv6Hdr) + ip->payload_length.host();
  if (total > frame.size() - l3) return;
  out.family = Family::ipv6;
  out.l3 = static_cast<std::uint16_t>(l3);
  out.end = static_cast<std::uint16_t>(l3 + total);
  const Reader packet = frame.first(l3 + total);
  const Reader looks = packet.first(HVS_MAX_HEADER_BYTES);
  Upper upper;
  upper.l4 = l3 + sizeof(Ipv6Hdr);
  upper.protocol = ip->next_header.host();
  unsigned second_offset = 0;
  if (HVS_UNLIKELY(!has_ports(upper.protocol))) {
    if (!walk_extensions(looks, upper.l4, upper.protocol, upper)) return;
    if (upper.later_fragment) {
      const auto* fragment = looks.at<Ipv6FragHdr>(upper.l4 - sizeof(Ipv6FragHdr));
      second_offset = fragment->offset_flags.host() >> 3;
    }
  }
  out.dont_fragment = !upper.fragment_header;
  parse_upper(packet, looks, upper, second_offset, out);
}

bool is_vlan(EtherType type) { return type == EtherType::vlan || type == EtherType::qinq; }

}  // namespace

std::optional<QuotedL4> quoted_l4(Reader packet, std::uint16_t l3, Family family) {
  Upper quote;
  if (!walk_quote(packet, l3, family, quote)) return std::nullopt;
  return QuotedL4{static_cast<std::uint16_t>(quote.l4), quote.protocol, quote.later_fragment};
}

Parsed detail::parse_any_frame(Reader whole) {
  Parsed out;
  const Reader frame = whole.first(HVS_MAX_FRAME_BYTES);
  const auto* eth = frame.at<EthHdr>(0);
  if (eth == nullptr) return out;
  EtherType type = eth->type.host();
  unsigned l3 = sizeof(EthHdr);
  while (HVS_UNLIKELY(is_vlan(type)) && out.vlan_tags < HVS_MAX_VLAN_TAGS) {
    const auto* tag = frame.at<VlanTag>(l3);
    if (tag == nullptr) return out;
    if (out.vlan_tags == 0) out.vlan_tci = tag->tci.host();
    ++out.vlan_tags;
    type = tag->type.host();
    l3 += sizeof(VlanTag);
  }
  if (type == EtherType::ipv4) {
    parse_ipv4(frame, l3, out);
  } else if (type == EtherType::ipv6) {
    parse_ipv6(frame, l3, out);
  }
  return out;
}

void parse_frame(Reader frame, Parsed& out) {
  if (HVS_LIKELY(parse_plain(frame, out))) return;
  out = detail::parse_any_frame(frame);
}

}  // namespace hvs
