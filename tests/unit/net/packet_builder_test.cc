// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

// Other tests trust the builder's frames, so the builder is compared with another implementation: the
// expected bytes were printed by scapy 2.5.
namespace hvs::test {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

TEST(PacketBuilder, TcpOverIpv4WithOptions) {
  const Bytes expected = from_hex(
      "020000000001020000000002080047100039432140003f061f18c00002010a0a006407070400000000009c40"
      "005011223344000000006002faf0abf80000020405b468656c6c6f");
  const Bytes built =
      Packet()
          .eth()
          .ipv4("192.0.2.1", "10.10.0.100",
                {.ttl = 63, .tos = 0x10, .id = 0x4321, .options = {7, 7, 4, 0, 0, 0, 0}})
          .tcp(40000, 80, {.flags = TcpHdr::kSyn, .seq = 0x11223344, .ack = 0, .options = {2, 4, 5, 0xb4}})
          .payload("hello")
          .build();
  EXPECT_EQ(hex_dump(built), hex_dump(expected));
  EXPECT_EQ(wrong_checksum(built), "");
}

TEST(PacketBuilder, UdpOverIpv6BehindTagsAndExtensions) {
  const Bytes expected = from_hex(
      "02000000000102000000000288a800648100200786dd6b812345002b000920010db800000000000000000000"
      "0001fd0000000000000000000000000001003c000104000000002c01010c0000000000000000000000001100"
      "0000deadbeef13880035000becfb6f6464");
  const Bytes built =
      Packet()
          .eth()
          .vlan(100, EtherType::qinq)
          .vlan(0x2007)
          .ipv6("2001:db8::1", "fd00::100", {.hop_limit = 9, .traffic_class = 0xb8, .flow_label = 0x12345})
          .extension(IpProto::hop_by_hop)
          .extension(IpProto::dest_options, 2)
          .fragment({.id = 0xdeadbeef})
          .udp(5000, 53)
          .payload("odd")
          .build();
  EXPECT_EQ(hex_dump(built), hex_dump(expected));
  EXPECT_EQ(wrong_checksum(built), "");
}

TEST(PacketBuilder, IcmpErrorQuotingUdp) {
  const Bytes expected = from_hex(
      "02000000000102000000000208004500003e123440004001e213cb0071090a0a00640304c412000005784500"
      "00221234400040115c280a0a0064c000020100509c40000e508471756f746564");
  const Bytes built =
      Packet()
          .eth()
          .ipv4("203.0.113.9", "10.10.0.100")
          .icmp_error(
              3, 4, Packet().ipv4("10.10.0.100", "192.0.2.1").udp(80, 40000).payload("quoted").build(), 1400)
          .build();
  EXPECT_EQ(hex_dump(built), hex_dump(expected));
  EXPECT_EQ(wrong_checksum(built), "");
}

TEST(PacketBuilder, Icmpv6ErrorQuotingTcp) {
  const Bytes expected = from_hex(
      "02000000000102000000000286dd6000000000443a4020010db8000000000000000000000009fd0000000000"
      "0000000000000000010002006684000005006000000000140640fd0000000000000000000000000001002001"
      "0db800000000000000000000000100509c40000003e8000007d05010faf0e0e00000");
  const Bytes built =
      Packet()
          .eth()
          .ipv6("2001:db8::9", "fd00::100")
          .icmp_error(2, 0, Packet().ipv6("fd00::100", "2001:db8::1").tcp(80, 40000).build(), 1280)
          .build();
  EXPECT_EQ(hex_dump(built), hex_dump(expected));
  EXPECT_EQ(wrong_checksum(built), "");
}

TEST(PacketBuilder, WrongChecksumIsFound) {
  Bytes frame = Packet().eth().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("abc").build();
  EXPECT_EQ(wrong_checksum(frame), "");
  frame.back() ^= 1;
  EXPECT_EQ(wrong_checksum(frame), "UDP");
  frame[22] ^= 1;  // TTL
  EXPECT_EQ(wrong_checksum(frame), "IPv4 header");
}

TEST(PacketBuilder, FragmentsCoverTheWholePayload) {
  const Bytes v4 = Packet().eth().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload_bytes(100).build();
  const auto parts = fragments_of(v4, 48);
  ASSERT_EQ(parts.size(), 3U);  // 108 bytes of UDP
  EXPECT_EQ(parts[0].size(), 34U + 48U);
  EXPECT_EQ(parts[2].size(), 34U + 12U);
  EXPECT_EQ(parts[1][20] << 8 | parts[1][21], 0x2000 | 48 / 8);
  EXPECT_EQ(parts[2][20] << 8 | parts[2][21], 96 / 8);
  for (const Bytes& part : parts) EXPECT_EQ(wrong_checksum(part), "");
  const Bytes v6 = Packet().eth().ipv6("fd00::1", "fd00::2").udp(1, 2).payload_bytes(100).build();
  const auto parts6 = fragments_of(v6, 96);
  ASSERT_EQ(parts6.size(), 2U);
  EXPECT_EQ(parts6[1].size(), 54U + 8U + 12U);
}

}  // namespace
}  // namespace hvs::test
