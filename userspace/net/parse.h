// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/reader.h"
#include "net/headers.h"
#include "net/ip_addr.h"

namespace hvs {

/// What the bounded walk over a frame's headers found. Offsets count from the first byte of the frame; only
/// those that `kind` names are meaningful. IP headers are then present whole; L4 headers are when `defect` is
/// none (otherwise their first four bytes, the ports, are).
struct Parsed {
  enum class Kind : std::uint8_t {
    other,           // nothing that the steering rule could match: not IP, other protocol, broken header
    flow,            // TCP, UDP or SCTP with at least its ports: l3, l4
    later_fragment,  // IP fragment with offset > 0 of TCP, UDP, SCTP or ICMP, or of IPv6 with extension
                     // headers behind its fragment header: l3, l4 (payload), fragment_id
    icmp_query,      // ICMP query (echo, timestamp) or the answer to one, with its id: l3, l4
    icmp_error,  // ICMP error that quotes a TCP, UDP or SCTP packet with its ports, an ICMP query or answer
                 // with its id, or a packet of IP in IP or GRE: l3, l4, quote_l3, quote_l4
  };
  /// Why a frame that the rule would match must not be forwarded. The rule does not look at it.
  enum class Defect : std::uint8_t {
    none,
    ipv6_extensions,  // a routing header with hops left: the destination is not the final one (RFC 8200, 4.4)
    ipv4_source_route,  // the same of IPv4 (RFC 791, 3.1)
    l4,                 // TCP, UDP or SCTP header incomplete, or a length beyond the packet
    icmp,               // fewer than 8 bytes of L4 quoted (RFC 792)
    tiny_fragment,      // a first fragment without its whole L4 header, or TCP's second one at offset 8 (RFC
                        // 3128)
  };

  Kind kind = Kind::other;
  Defect defect = Defect::none;
  Family family = Family::ipv4;
  std::uint8_t vlan_tags = 0;   // 0..2
  bool first_fragment = false;  // offset 0, more to come (kinds flow and icmp_query)
  std::uint8_t quote_protocol = 0;
  bool dont_fragment = false;  // IPv4 DF; always true for IPv6 without fragment header
  std::uint8_t protocol = 0;   // of the packet: 6, 17, 132, 1 or 58 (ICMP); a later fragment's also 0, 43, 60
  std::uint16_t vlan_tci = 0;  // of the outermost tag
  std::uint16_t l3 = 0;
  std::uint16_t l4 = 0;
  std::uint16_t end = 0;  // end of the IP packet (the frame may carry padding behind it)
  std::uint16_t quote_l3 = 0;
  std::uint16_t quote_l4 = 0;
  std::uint32_t fragment_id = 0;  // raw; IPv4: 16 bits of id

  friend bool operator==(const Parsed&, const Parsed&) = default;
};

/// The quoted packet of an ICMP error is one of IP in IP or GRE: it has no ports, and nothing of what its IP
/// header is followed by needs to be there.
[[nodiscard]] inline bool quotes_tunnel(const Parsed& p) {
  return is_tunnel(static_cast<IpProto>(p.quote_protocol));
}

/// It is one of ICMP, which has an id in the place of ports.
[[nodiscard]] inline bool quotes_query(const Parsed& p) {
  return is_icmp(static_cast<IpProto>(p.quote_protocol));
}

/// The ports of a flow as its connection knows them, raw: those of the packet, or for an ICMP query the id
/// with the end that asks (RFC 5508, section 3.1).
struct FlowPorts {
  std::uint16_t src = 0;
  std::uint16_t dst = 0;
};
/// `icmp` is whole and of kind icmp_query.
[[nodiscard]] inline FlowPorts query_ports(const IcmpQueryHdr& icmp, Family family) {
  const std::uint16_t id = icmp.id.raw();
  return is_icmp_request(icmp.type, family == Family::ipv4) ? FlowPorts{id, 0} : FlowPorts{0, id};
}

/// Walks Ethernet, up to two VLAN tags, IPv4 or IPv6 with extension headers, and the start of TCP, UDP,
/// SCTP or an ICMP error with its quote, exactly as deep as the steering rule (bpf/steer_abi.h) looks; beyond
/// that it checks what forwarding relies on and reports a Defect: TCP data offset within the packet and at
/// least 20 bytes, UDP header whole and length within the packet, SCTP header and first chunk within the
/// packet (first fragments: header whole). Checksums are not looked at. Bytes beyond HVS_MAX_FRAME_BYTES do
/// not exist for it.
void parse_frame(Reader frame, Parsed& out);
[[nodiscard]] inline Parsed parse_frame(Reader frame) {
  Parsed out;
  parse_frame(frame, out);
  return out;
}

/// Where a quoted packet has its L4 header, or a later fragment its payload.
struct QuotedL4 {
  std::uint16_t at = 0;
  IpProto protocol{};
  bool later_fragment = false;
};
/// Of the packet at `l3`, by the walk of ICMP errors' quotes; nullopt: its headers are not all in `packet`,
/// or too many. The IP header is whole.
[[nodiscard]] std::optional<QuotedL4> quoted_l4(Reader packet, std::uint16_t l3, Family family);

namespace detail {
/// parse_frame without its short way for plain TCP and UDP: the same answer for every frame. For tests.
[[nodiscard]] Parsed parse_any_frame(Reader frame);
}  // namespace detail

}  // namespace hvs
