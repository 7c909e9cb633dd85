// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/translate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>

#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

V6::Addr addr(const char* text) { return mapped(*IpAddr::parse(text)); }

Parsed parsed(const Bytes& frame) { return parse_frame(Reader{frame.data(), frame.size()}); }

/// The frame as it leaves, with the Ethernet header of its family in front.
Bytes crossed(Bytes frame, const Crossing& to, std::uint16_t id = 1) {
  frame.insert(frame.begin() + sizeof(EthHdr), kIpGrowth, std::uint8_t{0});  // room
  std::rotate(frame.begin(), frame.begin() + sizeof(EthHdr), frame.begin() + sizeof(EthHdr) + kIpGrowth);
  Bytes inner(frame.begin() + kIpGrowth, frame.end());
  Parsed p = parsed(inner);
  EXPECT_EQ(p.kind, Parsed::Kind::flow);
  cross_l4(inner.data(), p, to);
  std::copy(inner.begin(), inner.end(), frame.begin() + kIpGrowth);
  for (std::uint16_t* at : {&p.l3, &p.l4, &p.end}) *at = static_cast<std::uint16_t>(*at + kIpGrowth);
  const std::uint16_t l3 = p.family == Family::ipv4
                               ? become_ipv6(frame.data(), p.l3, p.end, to.src, to.dst)
                               : become_ipv4(frame.data(), p, unmapped(to.src), unmapped(to.dst), id);
  Bytes out(12, 0);
  const bool v6 = p.family == Family::ipv4;
  out.push_back(v6 ? 0x86 : 0x08);
  out.push_back(v6 ? 0xdd : 0x00);
  out.insert(out.end(), frame.begin() + l3, frame.begin() + p.end);
  return out;
}

TEST(Translate, ThereAndBackIsTheSamePacket) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 2000; ++round) {
    const bool tcp = round % 2 == 0;
    Packet packet;
    packet.eth({}).ip("192.0.2.1", "10.10.0.100", 64);
    tcp ? packet.tcp(40000, 80, {.flags = TcpHdr::kAck, .seq = static_cast<std::uint32_t>(random())})
        : packet.udp(40000, 80);
    const Bytes before = packet.payload_bytes(random() % 1400).build();
    const Bytes ipv6 = crossed(before, {addr("fd20::10"), addr("fd20::21"), Be16{std::uint16_t{10240}}.raw(),
                                        Be16{std::uint16_t{8080}}.raw()});
    ASSERT_EQ(test::wrong_checksum(ipv6), "");
    const Parsed p = parsed(ipv6);
    ASSERT_EQ(p.family, Family::ipv6);
    ASSERT_EQ(p.end, ipv6.size());
    const Bytes after = crossed(ipv6, {addr("192.0.2.1"), addr("10.10.0.100"),
                                       Be16{std::uint16_t{40000}}.raw(), Be16{std::uint16_t{80}}.raw()});
    ASSERT_EQ(test::wrong_checksum(after), "");
    ASSERT_EQ(after.size(), before.size());
    const std::size_t l4 = sizeof(EthHdr) + sizeof(Ipv4Hdr);
    ASSERT_TRUE(std::equal(before.begin() + l4, before.end(), after.begin() + l4)) << "round " << round;
    const auto& ip = *reinterpret_cast<const Ipv4Hdr*>(after.data() + sizeof(EthHdr));
    EXPECT_EQ(ip.ttl, 62);
    EXPECT_EQ((ip.flags_offset.host() & Ipv4Hdr::kDontFragment) != 0, ip.total_length.host() > kMayBeCut);
    EXPECT_EQ(ip.id.host(), ip.total_length.host() > kMayBeCut ? 0 : 1);
  }
}

TEST(Translate, APlainHeaderIsSoundWhenAnyHeaderWouldBe) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 10000; ++round) {
    Ipv4Hdr ip{};
    for (std::size_t i = 0; i < sizeof ip; ++i)
      reinterpret_cast<std::uint8_t*>(&ip)[i] =
          static_cast<std::uint8_t>(random() % 5 == 0 ? 0xff : random());
    ip.version_ihl = 0x45;
    ip.checksum = Be16{};
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip);
    ip.checksum = Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum_bytes(bytes))));
    ASSERT_TRUE(sound_header(ip) && sound_plain_header(ip));
    reinterpret_cast<std::uint8_t*>(&ip)[1 + random() % (sizeof ip - 1)] ^=
        static_cast<std::uint8_t>(1 + random() % 254);
    ASSERT_FALSE(sound_header(ip) || sound_plain_header(ip));
  }
}

TEST(Translate, MtusOfErrorsStayWithinWhatBothWaysTake) {
  const auto v6 = [](std::uint16_t told, std::uint16_t bytes, IcmpMtus mtus) {
    return icmp_as_ipv6({3, 4, {}, Be32{told}}, bytes, mtus)->rest.host();
  };
  EXPECT_EQ(v6(1400, 1500, {1500, 1500}), 1420U);
  EXPECT_EQ(v6(1500, 1500, {1450, 9000}), 1470U);
  EXPECT_EQ(v6(9000, 9000, {9000, 1500}), 1500U);
  EXPECT_EQ(v6(500, 1500, {1500, 1500}), 1280U);
  EXPECT_EQ(v6(0, 1500, {1500, 1500}), 1500U) << "1,492 and 20, but the way takes 1,500";
  EXPECT_EQ(v6(0, 4000, {9000, 9000}), 2022U);
  const auto v4 = [](std::uint32_t told, IcmpMtus mtus) {
    return icmp_as_ipv4({2, 0, {}, Be32{told}}, mtus)->rest.host();
  };
  EXPECT_EQ(v4(1280, {1500, 1500}), 1260U);
  EXPECT_EQ(v4(0xffffffff, {1500, 1500}), 1480U);
  EXPECT_EQ(v4(9000, {9000, 1500}), 1500U);
  EXPECT_EQ(v4(7, {1500, 1500}), 68U);
}

}  // namespace
}  // namespace hvs
