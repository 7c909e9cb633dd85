// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/icmp_message.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::hex_dump;
using test::Packet;

Bytes message_about(const Bytes& offending, const char* source, IcmpProblem problem, std::uint16_t mtu = 0) {
  const IpAddr from = *IpAddr::parse(source);
  Bytes out(icmp_message_bytes(from.family, offending.size()), 0xee);
  icmp_message(out, offending, from.family, from, problem, mtu);
  return out;
}

Bytes v4_packet(std::size_t payload) {
  return Packet().ipv4("192.0.2.1", "10.10.0.100").udp(4000, 53).payload_bytes(payload).build();
}
Bytes v6_packet(std::size_t payload) {
  return Packet().ipv6("2001:db8::1", "fd10::100").udp(4000, 53).payload_bytes(payload).build();
}
Bytes expected_v4(std::uint8_t type, std::uint8_t code, const Bytes& quote, std::uint32_t rest) {
  return Packet()
      .ipv4("10.10.0.1", "192.0.2.1", {.ttl = 64, .tos = 0xc0, .id = 0, .dont_fragment = true})
      .icmp_error(type, code, quote, rest)
      .build();
}
Bytes expected_v6(std::uint8_t type, std::uint8_t code, const Bytes& quote, std::uint32_t rest) {
  return Packet().ipv6("fd10::1", "2001:db8::1").icmp_error(type, code, quote, rest).build();
}

TEST(IcmpMessage, TimeExceeded) {
  EXPECT_EQ(hex_dump(message_about(v4_packet(20), "10.10.0.1", IcmpProblem::time_exceeded)),
            hex_dump(expected_v4(11, 0, v4_packet(20), 0)));
  EXPECT_EQ(hex_dump(message_about(v6_packet(20), "fd10::1", IcmpProblem::time_exceeded)),
            hex_dump(expected_v6(3, 0, v6_packet(20), 0)));
}

TEST(IcmpMessage, TooBigCarriesTheMtu) {
  EXPECT_EQ(hex_dump(message_about(v4_packet(100), "10.10.0.1", IcmpProblem::too_big, 1400)),
            hex_dump(expected_v4(3, 4, v4_packet(100), 1400)));
  EXPECT_EQ(hex_dump(message_about(v6_packet(100), "fd10::1", IcmpProblem::too_big, 1280)),
            hex_dump(expected_v6(2, 0, v6_packet(100), 1280)));
}

TEST(IcmpMessage, NoSenderOfIpv6IsToldLessThanEveryWayTakes) {
  for (const auto mtu : std::array<std::uint16_t, 5>{0, 68, 1020, 1279, 1280}) {
    EXPECT_EQ(hex_dump(message_about(v6_packet(100), "fd10::1", IcmpProblem::too_big, mtu)),
              hex_dump(expected_v6(2, 0, v6_packet(100), 1280)));
    EXPECT_EQ(hex_dump(message_about(v4_packet(100), "10.10.0.1", IcmpProblem::too_big, mtu)),
              hex_dump(expected_v4(3, 4, v4_packet(100), mtu)));
  }
}

TEST(IcmpMessage, QuotesAsMuchAsTheRfcsAllow) {
  const Bytes v4 = message_about(v4_packet(1400), "10.10.0.1", IcmpProblem::too_big, 1000);
  EXPECT_EQ(v4.size(), 576U);  // RFC 1812, 4.3.2.3
  EXPECT_EQ(hex_dump(v4), hex_dump(expected_v4(3, 4, test::truncated(v4_packet(1400), 548), 1000)));
  const Bytes v6 = message_about(v6_packet(1400), "fd10::1", IcmpProblem::too_big, 1300);
  EXPECT_EQ(v6.size(), 1280U);  // RFC 4443, 2.4 (c)
  EXPECT_EQ(hex_dump(v6), hex_dump(expected_v6(2, 0, test::truncated(v6_packet(1400), 1232), 1300)));
}

TEST(IcmpMessage, EverySizeHasARightChecksum) {
  for (std::size_t payload = 0; payload < 700; ++payload) {
    for (const bool v4 : {true, false}) {
      const Bytes packet = message_about(v4 ? v4_packet(payload) : v6_packet(payload),
                                         v4 ? "10.10.0.1" : "fd10::1", IcmpProblem::time_exceeded);
      Bytes frame(14);
      frame[12] = v4 ? 0x08 : 0x86;
      frame[13] = v4 ? 0x00 : 0xdd;
      frame.insert(frame.end(), packet.begin(), packet.end());
      ASSERT_EQ(test::wrong_checksum(frame), "") << payload;
    }
  }
}

}  // namespace
}  // namespace hvs
