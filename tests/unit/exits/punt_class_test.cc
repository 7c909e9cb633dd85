// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/punt_class.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "tests/support/packet.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

PuntClass class_of(const Bytes& frame) { return punt_class(Reader(frame.data(), frame.size())); }
bool is_control(const Bytes& frame) { return class_of(frame) == PuntClass::control; }
bool is_request(const Bytes& frame) { return class_of(frame) == PuntClass::request; }

Bytes of_type(int type) {
  return Packet().eth(test::kPortMac, test::kPeerMac, static_cast<EtherType>(type)).payload_bytes(46).build();
}
Bytes v4(int protocol) {
  return Packet()
      .eth()
      .ipv4("192.0.2.1", "192.0.2.2", {.protocol = static_cast<std::uint8_t>(protocol)})
      .payload_bytes(20)
      .build();
}
Bytes v6(int protocol) {
  return Packet()
      .eth()
      .ipv6("fd00::1", "fd00::2", {.next_header = static_cast<std::uint8_t>(protocol)})
      .payload_bytes(20)
      .build();
}

TEST(PuntClass, ProtocolsOfTheLinkAreControl) {
  for (const int type : {0x0806, 0x8809, 0x888e, 0x88cc, 0x0026 /* LLC */})
    EXPECT_TRUE(is_control(of_type(type))) << std::hex << type;
  for (const int type : {0x0600, 0x8847, 0x88b5}) EXPECT_FALSE(is_control(of_type(type))) << std::hex << type;
}

TEST(PuntClass, ProtocolsOfHostsAndRoutersAreControl) {
  for (const int protocol : {2, 89, 103, 112}) EXPECT_TRUE(is_control(v4(protocol))) << protocol;
  for (const int protocol : {89, 103, 112}) EXPECT_TRUE(is_control(v6(protocol))) << protocol;
  for (const int protocol : {4, 47, 50, 132, 255}) {
    EXPECT_FALSE(is_control(v4(protocol))) << protocol;
    EXPECT_FALSE(is_control(v6(protocol))) << protocol;
  }
}

TEST(PuntClass, QueriesAreRequestsAndTheRestOfIcmpIsControl) {
  const auto icmp = [](int type) {
    return Packet().eth().ipv4("192.0.2.1", "192.0.2.2").icmp(static_cast<std::uint8_t>(type)).build();
  };
  const auto icmp6 = [](int type) {
    return Packet().eth().ipv6("fd00::1", "fd00::2").icmp(static_cast<std::uint8_t>(type)).build();
  };
  for (const int type : {0, 8, 13, 14, 15, 16, 17, 18}) EXPECT_TRUE(is_request(icmp(type))) << type;
  for (const int type : {3, 4, 5, 9, 10, 11, 12}) EXPECT_TRUE(is_control(icmp(type))) << type;
  for (const int type : {128, 129, 139, 140}) EXPECT_TRUE(is_request(icmp6(type))) << type;
  for (const int type : {1, 2, 3, 4, 130, 131, 132, 133, 134, 135, 136, 137, 143})
    EXPECT_TRUE(is_control(icmp6(type))) << type;
}

TEST(PuntClass, WhatOpensASessionIsARequest) {
  const auto tcp = [](std::uint16_t src, std::uint16_t dst, int flags) {
    return Packet()
        .eth()
        .ipv4("192.0.2.1", "192.0.2.2")
        .tcp(src, dst, {.flags = static_cast<std::uint8_t>(flags)})
        .build();
  };
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{22, 179}) {
    EXPECT_TRUE(is_request(tcp(40000, port, TcpHdr::kSyn))) << port;
    EXPECT_TRUE(is_control(tcp(port, 40000, TcpHdr::kSyn | TcpHdr::kAck))) << port;
    EXPECT_TRUE(is_control(tcp(40000, port, TcpHdr::kAck))) << port;
    EXPECT_TRUE(is_control(tcp(40000, port, TcpHdr::kRst))) << port;
  }
  EXPECT_EQ(class_of(tcp(40000, 80, TcpHdr::kSyn)), PuntClass::rest);
}

TEST(PuntClass, SessionsAreKnownByEitherPort) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{22, 179}) {
    EXPECT_TRUE(is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2").tcp(40000, port).build())) << port;
    EXPECT_TRUE(is_control(Packet().eth().ipv6("fd00::1", "fd00::2").tcp(port, 40000).build())) << port;
    EXPECT_FALSE(is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2").udp(40000, port).build())) << port;
  }
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{67, 68, 546, 547, 3784, 3785, 4784}) {
    EXPECT_TRUE(is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2").udp(40000, port).build())) << port;
    EXPECT_FALSE(is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2").tcp(40000, port).build())) << port;
  }
  EXPECT_FALSE(is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2").udp(40000, 53).build()));
}

TEST(PuntClass, LooksUnderTagsAndOptions) {
  EXPECT_TRUE(is_control(
      Packet().eth().vlan(7, EtherType::qinq).vlan(8).ipv4("192.0.2.1", "192.0.2.2").tcp(1, 179).build()));
  EXPECT_TRUE(
      is_control(Packet().eth().ipv4("192.0.2.1", "192.0.2.2", {.options = Bytes(8, 1)}).tcp(1, 22).build()));
  EXPECT_TRUE(is_control(Packet()
                             .eth()
                             .ipv6("fd00::1", "ff02::16")
                             .extension(IpProto::hop_by_hop)
                             .icmp_error(143, 0, Bytes(8), 0)
                             .build()));
}

TEST(PuntClass, WhatIsCutOffIsTheRest) {
  const Bytes whole = Packet().eth().vlan(7).ipv4("192.0.2.1", "192.0.2.2").tcp(1, 179).build();
  ASSERT_TRUE(is_control(whole));
  for (std::size_t size = 0; size < 14 + 4 + 20 + 20; ++size)
    EXPECT_FALSE(is_control(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)))) << size;
  const Bytes fragment = Packet()
                             .eth()
                             .ipv4("192.0.2.1", "192.0.2.2", {.offset_bytes = 8, .protocol = std::uint8_t{1}})
                             .payload_bytes(20)
                             .build();
  EXPECT_FALSE(is_control(fragment));
}

}  // namespace
}  // namespace hvs
