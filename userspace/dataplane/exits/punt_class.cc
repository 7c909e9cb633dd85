// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/punt_class.h"

#include <algorithm>
#include <array>

#include "net/headers.h"

namespace hvs {
namespace {

// https://www.iana.org/assignments/protocol-numbers
constexpr std::array<std::uint8_t, 4> kProtocols{2 /* IGMP */, 89 /* OSPF */, 103 /* PIM */, 112 /* VRRP */};
// https://www.iana.org/assignments/icmp-parameters, icmpv6-parameters: what asks, and what answers it.
constexpr std::array<std::uint8_t, 8> kIcmpQueries{0,  8 /* echo */,         13, 14 /* timestamp */,
                                                   15, 16 /* information */, 17, 18 /* address mask */};
constexpr std::array<std::uint8_t, 4> kIcmp6Queries{128, 129 /* echo */, 139, 140 /* node information */};
constexpr std::array<std::uint16_t, 2> kTcpPorts{22 /* ssh */, 179 /* BGP */};
constexpr std::array<std::uint16_t, 7> kUdpPorts{67,   68,   546, 547 /* DHCP */,
                                                 3784, 3785, 4784 /* BFD: RFC 5881, RFC 5883 */};
// Below it the field is a length, and an LLC header follows: spanning tree, IS-IS.
constexpr std::uint16_t kFirstEtherType = 0x0600;
constexpr std::array<std::uint16_t, 4> kLinkProtocols{0x0806 /* ARP */, 0x8809 /* LACP */,
                                                      0x888e /* 802.1X */, 0x88cc /* LLDP */};

template <typename T, std::size_t N>
bool among(const std::array<T, N>& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <std::size_t N>
PuntClass class_of_icmp(Reader frame, std::size_t l4, const std::array<std::uint8_t, N>& queries) {
  const auto* icmp = frame.at<IcmpHdr>(l4);
  if (icmp == nullptr) return PuntClass::rest;
  return among(queries, icmp->type) ? PuntClass::request : PuntClass::control;
}

template <std::size_t N>
bool by_port(const L4Ports& ports, const std::array<std::uint16_t, N>& known) {
  return among(known, ports.src.host()) || among(known, ports.dst.host());
}

PuntClass class_of_tcp(Reader frame, std::size_t l4) {
  const auto* tcp = frame.at<TcpHdr>(l4);
  if (tcp == nullptr || !by_port(tcp->ports, kTcpPorts)) return PuntClass::rest;
  const bool opens = (tcp->flags & (TcpHdr::kSyn | TcpHdr::kAck)) == TcpHdr::kSyn;
  return opens ? PuntClass::request : PuntClass::control;
}

PuntClass class_of_udp(Reader frame, std::size_t l4) {
  const auto* ports = frame.at<L4Ports>(l4);
  return ports != nullptr && by_port(*ports, kUdpPorts) ? PuntClass::control : PuntClass::rest;
}

PuntClass class_of(Reader frame, std::uint8_t protocol, std::size_t l4) {
  const auto is = [&](IpProto other) { return protocol == static_cast<std::uint8_t>(other); };
  if (is(IpProto::icmp)) return class_of_icmp(frame, l4, kIcmpQueries);
  if (is(IpProto::icmpv6)) return class_of_icmp(frame, l4, kIcmp6Queries);
  if (is(IpProto::tcp)) return class_of_tcp(frame, l4);
  if (is(IpProto::udp)) return class_of_udp(frame, l4);
  return among(kProtocols, protocol) ? PuntClass::control : PuntClass::rest;
}

PuntClass class_of_v4(Reader frame, std::size_t l3) {
  const auto* ip = frame.at<Ipv4Hdr>(l3);
  if (ip == nullptr || ip->later_fragment()) return PuntClass::rest;
  return class_of(frame, static_cast<std::uint8_t>(ip->protocol.host()), l3 + ip->header_bytes());
}

PuntClass class_of_v6(Reader frame, std::size_t l3) {
  const auto* ip = frame.at<Ipv6Hdr>(l3);
  if (ip == nullptr) return PuntClass::rest;
  auto next = ip->next_header.host();
  std::size_t l4 = l3 + sizeof(Ipv6Hdr);
  if (next == IpProto::hop_by_hop) {  // MLD has one (RFC 3810, 5)
    const auto* options = frame.at<Ipv6ExtHdr>(l4);
    if (options == nullptr) return PuntClass::rest;
    next = options->next_header.host();
    l4 += options->bytes();
  }
  return class_of(frame, static_cast<std::uint8_t>(next), l4);
}

}  // namespace

PuntClass punt_class(Reader frame) {
  constexpr unsigned kMaxTags = 2;
  const auto* eth = frame.at<EthHdr>(0);
  if (eth == nullptr) return PuntClass::rest;
  auto type = eth->type.host();
  std::size_t l3 = sizeof(EthHdr);
  for (unsigned tags = 0; tags < kMaxTags && (type == EtherType::vlan || type == EtherType::qinq); ++tags) {
    const auto* tag = frame.at<VlanTag>(l3);
    if (tag == nullptr) return PuntClass::rest;
    type = tag->type.host();
    l3 += sizeof(VlanTag);
  }
  if (type == EtherType::ipv4) return class_of_v4(frame, l3);
  if (type == EtherType::ipv6) return class_of_v6(frame, l3);
  const auto number = static_cast<std::uint16_t>(type);
  return number < kFirstEtherType || among(kLinkProtocols, number) ? PuntClass::control : PuntClass::rest;
}

}  // namespace hvs
