// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/be.h"

// Wire structures. Every field is a Be<> or bytes, so alignment is 1 and sizes are those of the RFCs.
namespace hvs {

enum class EtherType : std::uint16_t {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,
  ipv6 = 0x86dd,
  qinq = 0x88a8
};
enum class IpProto : std::uint8_t {
  hop_by_hop = 0,
  icmp = 1,
  ipip = 4,
  tcp = 6,
  udp = 17,
  ipv6 = 41,
  routing = 43,
  fragment = 44,
  gre = 47,
  icmpv6 = 58,
  no_next = 59,
  dest_options = 60,
  sctp = 132
};

/// Protocols whose packets begin with two ports: what services may be on.
constexpr bool has_ports(IpProto protocol) {
  return protocol == IpProto::tcp || protocol == IpProto::udp || protocol == IpProto::sctp;
}
/// Protocols whose packets say how far a connection has come.
constexpr bool has_states(IpProto protocol) { return protocol == IpProto::tcp || protocol == IpProto::sctp; }
constexpr bool has_states(std::uint8_t protocol) { return has_states(static_cast<IpProto>(protocol)); }

/// Protocols whose packets hold IP packets.
constexpr bool is_tunnel(IpProto protocol) {
  return protocol == IpProto::ipip || protocol == IpProto::ipv6 || protocol == IpProto::gre;
}

/// Extension headers of IPv6 that are followed by others, or by the upper layer's.
constexpr bool is_options_or_routing(IpProto protocol) {
  return protocol == IpProto::hop_by_hop || protocol == IpProto::routing || protocol == IpProto::dest_options;
}

/// Either family's.
constexpr bool is_icmp(IpProto protocol) { return protocol == IpProto::icmp || protocol == IpProto::icmpv6; }

using MacAddr = std::array<std::uint8_t, 6>;
/// What == says, without the call that it makes.
inline bool same_mac(const MacAddr& a, const MacAddr& b) {
  const auto word = [](const std::uint8_t* bytes) {
    std::uint32_t w = 0;
    std::memcpy(&w, bytes, sizeof w);
    return w;
  };
  return ((word(a.data()) ^ word(b.data())) | (word(a.data() + 2) ^ word(b.data() + 2))) == 0;
}

struct EthHdr {
  MacAddr dst;
  MacAddr src;
  Be<EtherType> type;
};
static_assert(sizeof(EthHdr) == 14);

struct VlanTag {  // IEEE 802.1Q, after the EtherType that announced it
  Be16 tci;
  Be<EtherType> type;
};
static_assert(sizeof(VlanTag) == 4);

struct Ipv4Hdr {  // RFC 791
  std::uint8_t version_ihl;
  std::uint8_t tos;
  Be16 total_length;
  Be16 id;
  Be16 flags_offset;
  std::uint8_t ttl;
  Be<IpProto> protocol;
  Be16 checksum;
  Be32 src;
  Be32 dst;

  static constexpr std::uint16_t kDontFragment = 0x4000;
  static constexpr std::uint16_t kMoreFragments = 0x2000;
  static constexpr std::uint16_t kOffsetMask = 0x1fff;
  [[nodiscard]] unsigned version() const { return version_ihl >> 4; }
  [[nodiscard]] unsigned header_bytes() const { return (version_ihl & 0xfU) * 4; }
  [[nodiscard]] bool later_fragment() const { return (flags_offset.host() & kOffsetMask) != 0; }
  [[nodiscard]] bool fragment() const { return (flags_offset.host() & (kOffsetMask | kMoreFragments)) != 0; }
};
static_assert(sizeof(Ipv4Hdr) == 20);

using Ipv6Bytes = std::array<std::uint8_t, 16>;

struct Ipv6Hdr {  // RFC 8200
  Be32 version_class_flow;
  Be16 payload_length;
  Be<IpProto> next_header;
  std::uint8_t hop_limit;
  Ipv6Bytes src;
  Ipv6Bytes dst;
  [[nodiscard]] unsigned version() const { return version_class_flow.host() >> 28; }
};
static_assert(sizeof(Ipv6Hdr) == 40);

/// What every way of IPv6 takes, and no sender believes in less (RFC 8200, section 5; RFC 8201, section 4).
inline constexpr std::uint16_t kLeastIpv6Mtu = 1280;

struct Ipv6ExtHdr {  // RFC 8200, 4.2: length in 8-byte units beyond the first 8 bytes
  Be<IpProto> next_header;
  std::uint8_t length;
  [[nodiscard]] unsigned bytes() const { return (length + 1U) * 8; }
};
static_assert(sizeof(Ipv6ExtHdr) == 2);

struct Ipv6FragHdr {  // RFC 8200, 4.5
  Be<IpProto> next_header;
  std::uint8_t reserved;
  Be16 offset_flags;
  Be32 id;
  [[nodiscard]] bool later_fragment() const { return (offset_flags.host() & 0xfff8) != 0; }
  [[nodiscard]] bool more_fragments() const { return (offset_flags.host() & 1) != 0; }
};
static_assert(sizeof(Ipv6FragHdr) == 8);

struct L4Ports {  // the first four bytes of TCP, UDP and SCTP
  Be16 src;
  Be16 dst;
};
static_assert(sizeof(L4Ports) == 4);

struct TcpHdr {  // RFC 9293
  L4Ports ports;
  Be32 seq;
  Be32 ack;
  std::uint8_t offset_reserved;
  std::uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent;

  static constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10;
  [[nodiscard]] unsigned header_bytes() const { return (offset_reserved >> 4) * 4U; }
};
static_assert(sizeof(TcpHdr) == 20);

struct UdpHdr {  // RFC 768
  L4Ports ports;
  Be16 length;
  Be16 checksum;
};
static_assert(sizeof(UdpHdr) == 8);

struct SctpHdr {  // RFC 9260, 3.1
  L4Ports ports;
  Be32 verification_tag;
  std::uint8_t checksum[4];  // CRC32c, its low byte first (RFC 9260, appendix A)
};
static_assert(sizeof(SctpHdr) == 12);

enum class SctpChunk : std::uint8_t {  // RFC 9260, 3.2: those that begin or end an association
  init = 1,
  init_ack = 2,
  abort = 6,
  shutdown = 7,
  shutdown_ack = 8,
  cookie_echo = 10,
  cookie_ack = 11,
  shutdown_complete = 14
};

struct SctpChunkHdr {
  Be<SctpChunk> type;
  std::uint8_t flags;
  Be16 length;  // of the chunk, this header included, padding not
};
static_assert(sizeof(SctpChunkHdr) == 4);

struct IcmpHdr {  // RFC 792, RFC 4443: the rest of the header depends on the type
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 rest;
};
static_assert(sizeof(IcmpHdr) == 8);

/// Echo and timestamp: they ask and are answered, and an id says whose they are (RFC 5508, section 3).
struct IcmpQueryHdr {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be16 id;
  Be16 sequence;
};
static_assert(sizeof(IcmpQueryHdr) == 8);
constexpr bool is_icmp_request(std::uint8_t type, bool v4) {
  return v4 ? type == 8 || type == 13 : type == 128;
}
constexpr bool is_icmp_answer(std::uint8_t type, bool v4) {
  return v4 ? type == 0 || type == 14 : type == 129;
}

}  // namespace hvs
