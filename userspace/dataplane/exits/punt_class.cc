// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/punt_class.h"

#include <algorithm>
#include <array>

#include "net/headers.h"

namespace hvs {
namespace {

// https://www.iana.org/assignments/protocol-numbers
constexpr std::array<std::uint8_t, 6> kProtocols{1 /* ICMP */,  2 /* IGMP */,  58 /* ICMPv6 */,
                                                 89 /* OSPF */, 103 /* PIM */, 112 /* VRRP */};
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

PuntClass class_of(Reader frame, std::uint8_t protocol, std::size_t l4) {
  if (among(kProtocols, protocol)) return PuntClass::control;
  const bool tcp = protocol == static_cast<std::uint8_t>(IpProto::tcp);
  if (!tcp && protocol != static_cast<std::uint8_t>(IpProto::udp)) return PuntClass::rest;
  const auto* ports = frame.at<L4Ports>(l4);
  if (ports == nullptr) return PuntClass::rest;
  const auto known = [&](std::uint16_t port) {
    return tcp ? among(kTcpPorts, port) : among(kUdpPorts, port);
  };
  return known(ports->src.host()) || known(ports->dst.host()) ? PuntClass::control : PuntClass::rest;
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
