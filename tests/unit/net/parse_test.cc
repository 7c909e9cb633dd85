// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/parse.h"

#include <gtest/gtest.h>

#include "bpf/steer_abi.h"
#include "tests/support/frame_gen.h"
#include "tests/support/packet.h"
#include "tests/support/packet_check.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;
using Kind = Parsed::Kind;
using Defect = Parsed::Defect;

Parsed parse(const Bytes& frame) { return parse_frame(Reader{frame.data(), frame.size()}); }

Packet v4(const test::Ipv4Fields& fields = {}) { return Packet().eth().ipv4("10.0.0.1", "10.0.0.2", fields); }
Packet v6() { return Packet().eth().ipv6("fd00::1", "fd00::2"); }

TEST(Parse, PlainTcp) {
  const Parsed p = parse(v4().tcp(1, 2).payload_bytes(10).padding(6).build());
  EXPECT_EQ(p.kind, Kind::flow);
  EXPECT_EQ(p.defect, Defect::none);
  EXPECT_EQ(p.family, Family::ipv4);
  EXPECT_EQ(p.protocol, 6);
  EXPECT_EQ(p.vlan_tags, 0);
  EXPECT_EQ(p.l3, 14);
  EXPECT_EQ(p.l4, 34);
  EXPECT_EQ(p.end, 14 + 20 + 20 + 10);
  EXPECT_FALSE(p.first_fragment);
  EXPECT_TRUE(p.dont_fragment);
}

TEST(Parse, TagsAndOptionsMoveTheOffsets) {
  const Parsed p = parse(Packet()
                             .eth()
                             .vlan(0x6123, EtherType::qinq)
                             .vlan(7)
                             .ipv4("10.0.0.1", "10.0.0.2", {.dont_fragment = false, .options = Bytes(9, 1)})
                             .udp(1, 2)
                             .build());
  EXPECT_EQ(p.vlan_tags, 2);
  EXPECT_EQ(p.vlan_tci, 0x6123);
  EXPECT_EQ(p.l3, 22);
  EXPECT_EQ(p.l4, 22 + 32);
  EXPECT_FALSE(p.dont_fragment);
}

TEST(Parse, Ipv6ExtensionsAndFragmentHeader) {
  const Parsed plain = parse(v6().udp(1, 2).build());
  EXPECT_EQ(plain.l4, 54);
  EXPECT_TRUE(plain.dont_fragment);
  const Parsed extended = parse(v6().extension(IpProto::hop_by_hop, 2).tcp(1, 2).build());
  EXPECT_EQ(extended.l4, 54 + 16);
  EXPECT_EQ(extended.protocol, 6);
  const Parsed first = parse(v6().fragment({.more_fragments = true, .id = 0xaabbccdd}).udp(1, 2).build());
  EXPECT_EQ(first.kind, Kind::flow);
  EXPECT_TRUE(first.first_fragment);
  EXPECT_FALSE(first.dont_fragment);
  EXPECT_EQ(first.fragment_id, Be32{std::uint32_t{0xaabbccdd}}.raw());
  const Parsed atomic = parse(v6().fragment().udp(1, 2).build());
  EXPECT_EQ(atomic.kind, Kind::flow);
  EXPECT_FALSE(atomic.first_fragment);
}

TEST(Parse, IcmpQueries) {
  const Parsed echo = parse(v4().icmp(8, 0, 0x12340001).payload("ping").build());
  EXPECT_EQ(echo.kind, Kind::icmp_query);
  EXPECT_EQ(echo.protocol, 1);
  EXPECT_EQ(echo.l4, 34);
  EXPECT_FALSE(echo.first_fragment);
  const Bytes request = v4().icmp(8, 0, 0x12340001).build();
  const Bytes answer = v6().icmp(129, 0, 0x12340001).build();
  const auto ports_of = [](const Bytes& frame, Family family) {
    const Parsed p = parse(frame);
    return query_ports(*reinterpret_cast<const IcmpQueryHdr*>(frame.data() + p.l4), family);
  };
  EXPECT_EQ(ports_of(request, Family::ipv4).src, Be16{std::uint16_t{0x1234}}.raw());
  EXPECT_EQ(ports_of(request, Family::ipv4).dst, 0);
  EXPECT_EQ(ports_of(answer, Family::ipv6).src, 0);
  EXPECT_EQ(ports_of(answer, Family::ipv6).dst, Be16{std::uint16_t{0x1234}}.raw());
  EXPECT_EQ(parse(v4().icmp(128).build()).kind, Kind::other) << "IPv6's";
  EXPECT_EQ(parse(v6().icmp(8).build()).kind, Kind::other);
  EXPECT_EQ(parse(test::truncated(request, 41)).kind, Kind::other);
  EXPECT_TRUE(
      parse(v6().fragment({.more_fragments = true}).icmp(128).payload_bytes(8).build()).first_fragment);
  const Bytes hops = {0, 1};
  EXPECT_EQ(parse(v6().extension(IpProto::routing, 1, hops).icmp(128).build()).defect,
            Defect::ipv6_extensions);
}

TEST(Parse, AllFragmentsOfAPacketShareItsId) {
  for (const bool ipv6 : {false, true}) {
    Packet packet = ipv6 ? v6() : v4();
    const auto parts = test::fragments_of(packet.udp(1, 2).payload_bytes(200).build(), 80, 0x99);
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parse(parts[0]).kind, Kind::flow);
    EXPECT_TRUE(parse(parts[0]).first_fragment);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      EXPECT_EQ(parse(parts[i]).kind, Kind::later_fragment);
      EXPECT_EQ(parse(parts[i]).protocol, 17);
    }
    for (const Bytes& part : parts) {
      EXPECT_EQ(parse(part).fragment_id, parse(parts[0]).fragment_id);
      EXPECT_EQ(parse(part).defect, Defect::none);
    }
  }
}

TEST(Parse, IcmpErrorPointsToBothHeaders) {
  const Bytes quoted = Packet().ipv4("10.0.0.2", "10.0.0.1", {.options = Bytes(4, 1)}).udp(53, 9).build();
  const Parsed p = parse(v4().icmp_error(3, 4, quoted, 1400).build());
  EXPECT_EQ(p.kind, Kind::icmp_error);
  EXPECT_EQ(p.defect, Defect::none);
  EXPECT_EQ(p.protocol, 1);
  EXPECT_EQ(p.quote_protocol, 17);
  EXPECT_EQ(p.l4, 34);
  EXPECT_EQ(p.quote_l3, 42);
  EXPECT_EQ(p.quote_l4, 42 + 24);
  const Bytes quoted6 = Packet()
                            .ipv6("fd00::2", "fd00::1")
                            .extension(IpProto::dest_options)
                            .tcp(80, 9)
                            .payload_bytes(9)
                            .build();
  const Parsed p6 = parse(v6().icmp_error(2, 0, quoted6, 1280).build());
  EXPECT_EQ(p6.kind, Kind::icmp_error);
  EXPECT_EQ(p6.protocol, 58);
  EXPECT_EQ(p6.quote_l3, 62);
  EXPECT_EQ(p6.quote_l4, 62 + 48);
}

struct DefectCase {
  const char* name;
  Bytes frame;
  Defect defect;
};

TEST(Parse, LaterFragmentsOfIpv6MayNameAnExtensionHeader) {
  for (const std::uint8_t next : {0, 43, 60}) {
    const Parsed p =
        parse(v6().fragment({.offset_bytes = 8, .id = 7, .next_header = next}).payload_bytes(9).build());
    EXPECT_EQ(p.kind, Kind::later_fragment);
    EXPECT_EQ(p.defect, Defect::none);
    EXPECT_EQ(p.protocol, next);
    EXPECT_EQ(p.l4, 14 + 40 + 8);
    EXPECT_EQ(parse(v4({.offset_bytes = 8, .protocol = next}).payload_bytes(9).build()).kind, Kind::other);
  }
}

TEST(Parse, DefectsOfFramesThatTheRuleMatches) {
  const Bytes hops = {131, 7, 4, 10, 0, 0, 9, 0};
  const Bytes used_up = {131, 7, 8, 10, 0, 0, 9, 0};
  const Bytes quote7 = test::truncated(Packet().ipv4("10.0.0.2", "10.0.0.1").udp(53, 9).build(), 27);
  const DefectCase cases[] = {
      {"source route", v4({.options = hops}).tcp(1, 2).build(), Defect::ipv4_source_route},
      {"source route used up", v4({.options = used_up}).tcp(1, 2).build(), Defect::none},
      {"source route of a ping", v4({.options = hops}).icmp(8).payload_bytes(8).build(),
       Defect::ipv4_source_route},
      {"source route of a later fragment",
       v4({.offset_bytes = 16, .options = hops, .protocol = 17}).payload_bytes(8).build(),
       Defect::ipv4_source_route},
      {"TCP header cut", v4({.protocol = 6}).payload_bytes(19).build(), Defect::l4},
      {"TCP offset below 5", v4().tcp(1, 2, {.data_offset = 4}).build(), Defect::l4},
      {"TCP offset beyond packet", v4().tcp(1, 2, {.data_offset = 6}).build(), Defect::l4},
      {"TCP offset whole packet", v4().tcp(1, 2, {.options = Bytes(40, 1)}).build(), Defect::none},
      {"TCP offset into padding", v4().tcp(1, 2, {.data_offset = 6}).padding(4).build(), Defect::l4},
      {"UDP header cut", v4({.protocol = 17}).payload_bytes(7).build(), Defect::l4},
      {"UDP length below 8", v4().udp(1, 2, {.length = 7}).payload_bytes(9).build(), Defect::l4},
      {"UDP length beyond packet", v4().udp(1, 2, {.length = 12}).payload_bytes(3).build(), Defect::l4},
      {"UDP length shorter", v4().udp(1, 2, {.length = 9}).payload_bytes(3).build(), Defect::none},
      {"SCTP", v4().sctp(1, 2, {.chunk_length = 9}).payload_bytes(5).build(), Defect::none},
      {"SCTP chunk below 4", v4().sctp(1, 2, {.chunk_length = 3}).payload_bytes(5).build(), Defect::l4},
      {"SCTP chunk beyond packet", v4().sctp(1, 2, {.chunk_length = 10}).payload_bytes(5).build(),
       Defect::l4},
      {"SCTP first fragment", v4({.more_fragments = true}).sctp(1, 2, {.chunk_length = 999}).build(),
       Defect::none},
      {"UDP first fragment", v4({.more_fragments = true}).udp(1, 2, {.length = 999}).build(), Defect::none},
      {"UDP first fragment tiny", v4({.more_fragments = true, .protocol = 17}).payload_bytes(7).build(),
       Defect::tiny_fragment},
      {"TCP first fragment tiny", v4({.more_fragments = true, .protocol = 6}).payload_bytes(16).build(),
       Defect::tiny_fragment},
      {"TCP fragment at 8", v4({.offset_bytes = 8, .protocol = 6}).payload_bytes(8).build(),
       Defect::tiny_fragment},
      {"TCP fragment at 16", v4({.offset_bytes = 16, .protocol = 6}).payload_bytes(8).build(), Defect::none},
      {"UDP fragment at 8", v4({.offset_bytes = 8, .protocol = 17}).payload_bytes(8).build(), Defect::none},
      {"TCP fragment at 8 (IPv6)",
       v6().fragment({.offset_bytes = 8, .next_header = 6}).payload_bytes(8).build(), Defect::tiny_fragment},
      {"quote of 7 bytes", v4().icmp_error(3, 1, quote7).build(), Defect::icmp},
      {"routing header used up", v6().extension(IpProto::routing).tcp(1, 2).build(), Defect::none},
      {"routing header with hops left", v6().extension(IpProto::routing, 1, {0, 1}).tcp(1, 2).build(),
       Defect::ipv6_extensions},
  };
  for (const DefectCase& entry : cases) {
    const Parsed p = parse(entry.frame);
    EXPECT_NE(p.kind, Kind::other) << entry.name;
    EXPECT_EQ(p.defect, entry.defect) << entry.name << "\n" << test::hex_dump(entry.frame);
  }
}

TEST(Parse, LongestFramesDoNotWrapOffsets) {
  Bytes frame = v4({.total_length = 0xffff}).udp(1, 2, {.length = 8}).build();
  frame.resize(14 + 0xffff);  // the IP packet would end at 65549
  EXPECT_EQ(parse(frame).kind, Kind::other);
  Bytes fits = v4({.total_length = HVS_MAX_FRAME_BYTES - 14}).udp(1, 2, {.length = 8}).build();
  fits.resize(80'000);
  EXPECT_EQ(parse(fits).kind, Kind::flow);
  EXPECT_EQ(parse(fits).end, HVS_MAX_FRAME_BYTES);
}

TEST(Parse, ShortWayForPlainFramesSaysWhatTheLongOneSays) {
  test::FrameGen generator(11);
  int flows = 0;
  for (int i = 0; i < 50000; ++i) {
    const Bytes frame = generator.next();
    const Parsed p = parse(frame);
    ASSERT_EQ(p, detail::parse_any_frame(Reader{frame.data(), frame.size()})) << test::hex_dump(frame);
    flows += p.kind == Kind::flow;
  }
  EXPECT_GT(flows, 5000);
}

// Every truncation of a frame either says "other" or what the whole frame says; it never points beyond its
// end.
TEST(Parse, TruncationAtEveryByteStaysInside) {
  test::FrameGen generator(7);
  for (int i = 0; i < 3000; ++i) {
    const Bytes frame = generator.next();
    for (std::size_t size = 0; size <= frame.size() && size < 200; ++size) {
      const Bytes cut =
          test::truncated(frame, size);  // its own allocation: a sanitizer sees every read beyond
      const Parsed p = parse(cut);
      if (p.kind == Kind::other) continue;
      ASSERT_LE(p.end, size);
      ASSERT_LT(p.l3, p.end);
      ASSERT_LT(p.l4, p.end);
      if (!quotes_tunnel(p)) {  // what follows that IP header may be cut off
        ASSERT_LT(p.quote_l4, p.end);
      }
    }
  }
}

TEST(QuotedL4, IsFoundBehindWhatTheQuotedHeadersAre) {
  const auto found = [](const Bytes& packet) {
    return quoted_l4(Reader{packet}, 0, packet[0] >> 4U == 4 ? Family::ipv4 : Family::ipv6);
  };
  const Bytes v4 = Packet().ipv4("10.0.0.1", "10.0.0.2", {.options = Bytes(8, 1)}).tcp(1, 2).build();
  ASSERT_TRUE(found(v4));
  EXPECT_EQ(found(v4)->at, 28);
  EXPECT_EQ(found(v4)->protocol, IpProto::tcp);
  EXPECT_FALSE(found(v4)->later_fragment);
  const Bytes v6 = Packet()
                       .ipv6("fd00::1", "fd00::2")
                       .extension(IpProto::hop_by_hop, 2)
                       .extension(IpProto::dest_options)
                       .fragment({.more_fragments = true})
                       .udp(1, 2)
                       .build();
  ASSERT_TRUE(found(v6));
  EXPECT_EQ(found(v6)->at, 40 + 16 + 8 + 8);
  EXPECT_EQ(found(v6)->protocol, IpProto::udp);
  EXPECT_FALSE(found(v6)->later_fragment);
  EXPECT_FALSE(found(test::truncated(v6, 40 + 16 + 7)));
  EXPECT_TRUE(found(Packet().ipv6("fd00::1", "fd00::2").fragment({.offset_bytes = 8}).udp(1, 2).build())
                  ->later_fragment);
}

}  // namespace
}  // namespace hvs
