// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/tunnel.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "dataplane/transform/tunnel_quote.h"
#include "tests/support/packet.h"

namespace hvs {
namespace {

using test::Bytes;
using test::Packet;

constexpr std::uint32_t kEntropy = 0xabcdef12;
constexpr std::uint16_t kSourcePort = 49152 | (kEntropy & 0x3fff);

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }
const char* source(Family family) { return family == Family::ipv4 ? "10.20.0.1" : "fd20::1"; }
const char* remote(Family family) { return family == Family::ipv4 ? "10.20.0.21" : "fd20::21"; }

Bytes inner_packet(Family family, std::uint8_t tos = 0, std::size_t payload = 33) {
  Packet packet;
  if (family == Family::ipv4) {
    packet.ipv4("192.0.2.1", "10.10.0.100", {.tos = tos});
  } else {
    packet.ipv6("2001:db8::1", "fd10::100", {.traffic_class = tos});
  }
  return packet.udp(40000, 53).payload_bytes(payload).build();
}

Bytes wrapped(const Bytes& inner, const Encap& encap) {
  Bytes out(encap.bytes, 0xee);
  out.insert(out.end(), inner.begin(), inner.end());
  encapsulate(out.data(), static_cast<std::uint16_t>(inner.size()), encap, ip(source(encap.outer())),
              kEntropy);
  return out;
}

/// The same by the writer of plain frames of IP in IP.
template <typename F>
Bytes wrapped_plain(const Bytes& inner, const Encap& encap) {
  Bytes out(encap.bytes, 0xee);
  out.insert(out.end(), inner.begin(), inner.end());
  encapsulate_in_ip<F>(out.data(), static_cast<std::uint16_t>(inner.size()), encap, ip(source(encap.outer())),
                       kEntropy);
  return out;
}
Bytes wrapped_plain(const Bytes& inner, const Encap& encap) {
  return inner[0] >> 4 == 4 ? wrapped_plain<V4>(inner, encap) : wrapped_plain<V6>(inner, encap);
}

/// The outer IP header, by the test's own builder.
Packet outer(Family family, std::uint8_t protocol, std::uint8_t tos = 0) {
  Packet packet;
  if (family == Family::ipv4) {
    packet.ipv4(source(family), remote(family), {.tos = tos, .id = 0, .protocol = protocol});
  } else {
    packet.ipv6(source(family), remote(family),
                {.traffic_class = tos, .flow_label = kEntropy & 0xfffff, .next_header = protocol});
  }
  return packet;
}

std::uint8_t protocol_of(Family family) { return family == Family::ipv4 ? 4 : 41; }

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// RFC 1071 in the plainest way.
std::uint16_t plain_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] << 8U : bytes[i];
  while (sum >> 16U != 0) sum = (sum & 0xffff) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

struct FamilyPair {
  Family inner;
  Family outer;
};
class Tunnel : public testing::TestWithParam<FamilyPair> {
 protected:
  Encap encap(const TunnelConfig& config) {
    return make_encap(config, GetParam().inner, ip(remote(GetParam().outer)));
  }
  Bytes inner(std::size_t payload = 33) { return inner_packet(GetParam().inner, 0, payload); }
};

TEST_P(Tunnel, Ipip) {
  const Encap e = encap({});
  EXPECT_EQ(wrapped(inner(), e),
            outer(GetParam().outer, protocol_of(GetParam().inner)).payload(inner()).build());
  EXPECT_EQ(e.bytes, GetParam().outer == Family::ipv4 ? 20 : 40);
}

TEST_P(Tunnel, Gre) {
  const Bytes type = GetParam().inner == Family::ipv4 ? Bytes{0x08, 0x00} : Bytes{0x86, 0xdd};
  EXPECT_EQ(wrapped(inner(), encap({.type = TunnelType::gre})),
            outer(GetParam().outer, 47).payload(joined(joined({0, 0}, type), inner())).build());
}

TEST_P(Tunnel, GreWithChecksum) {
  const Bytes type = GetParam().inner == Family::ipv4 ? Bytes{0x08, 0x00} : Bytes{0x86, 0xdd};
  for (const std::size_t payload : {33U, 34U}) {
    Bytes gre = joined(joined(joined({0x80, 0}, type), {0, 0, 0, 0}), inner(payload));
    const std::uint16_t sum = plain_checksum(gre);
    gre[4] = static_cast<std::uint8_t>(sum >> 8U);
    gre[5] = static_cast<std::uint8_t>(sum);
    EXPECT_EQ(wrapped(inner(payload), encap({.type = TunnelType::gre, .checksum = TunnelChecksum::on})),
              outer(GetParam().outer, 47).payload(gre).build());
  }
}

TEST_P(Tunnel, Gue) {
  for (const std::uint16_t variant : {0, 1}) {
    for (const auto checksum : {TunnelChecksum::automatic, TunnelChecksum::on, TunnelChecksum::off}) {
      const bool summed = checksum == TunnelChecksum::on ||
                          (checksum == TunnelChecksum::automatic && GetParam().outer == Family::ipv6);
      const Bytes header = variant == 0 ? Bytes{0, protocol_of(GetParam().inner), 0, 0} : Bytes{};
      const Encap e = encap(
          {.type = TunnelType::gue, .port = L4Port{7777}, .checksum = checksum, .gue_variant = variant});
      Packet expected = outer(GetParam().outer, 17);
      summed ? expected.udp(kSourcePort, 7777) : expected.udp(kSourcePort, 7777, {.checksum = 0});
      EXPECT_EQ(wrapped(inner(), e), expected.payload(joined(header, inner())).build());
      EXPECT_EQ(e.port(), L4Port{7777});
    }
  }
}

TEST_P(Tunnel, TrafficClassIsCopied) {
  // RFC 6040, figure 3, normal mode: every ECN field is copied; and DSCP with it.
  for (unsigned tos = 0; tos < 256; ++tos) {
    const Bytes packet = inner_packet(GetParam().inner, static_cast<std::uint8_t>(tos));
    EXPECT_EQ(wrapped(packet, encap({})),
              outer(GetParam().outer, protocol_of(GetParam().inner), static_cast<std::uint8_t>(tos))
                  .payload(packet)
                  .build());
    EXPECT_EQ(wrapped_plain(packet, encap({})), wrapped(packet, encap({}))) << tos;
  }
}

TEST_P(Tunnel, PlainFramesAreWrappedAsOthersAre) {
  for (std::size_t payload = 0; payload < 3000; ++payload)
    ASSERT_EQ(wrapped_plain(inner(payload), encap({})), wrapped(inner(payload), encap({}))) << payload;
}

TEST_P(Tunnel, AQuoteLeadsBackToTheInnerPacket) {
  const TunnelConfig configs[] = {{},
                                  {.type = TunnelType::gre},
                                  {.type = TunnelType::gre, .checksum = TunnelChecksum::on},
                                  {.type = TunnelType::gue},
                                  {.type = TunnelType::gue, .gue_variant = 1}};
  for (const TunnelConfig& config : configs) {
    const Encap e = encap(config);
    const Bytes sent = wrapped(inner(), e);
    const bool v4 = GetParam().outer == Family::ipv4;
    for (std::size_t quoted = v4 ? 20 : 40; quoted <= sent.size(); ++quoted) {
      Packet error;
      error.eth().ip(v4 ? "10.20.9.9" : "fd20:9::9", source(e.outer()));
      const Bytes frame =
          error.icmp_error(v4 ? 3 : 2, v4 ? 4 : 0, test::truncated(sent, quoted), 1400).build();
      const Reader reader(frame.data(), frame.size());
      const Parsed parsed = parse_frame(reader);
      if (config.type == TunnelType::gue && quoted < e.l4 + 4U) continue;  // no ports, none of ours
      ASSERT_EQ(parsed.kind, Parsed::Kind::icmp_error) << quoted;
      const TunnelQuote quote = read_tunnel_quote(reader, parsed);
      EXPECT_EQ(quote.remote, e.destination);
      // A GUE header has to be there whole before it says its own length; variant 1 has none.
      const std::size_t needed = e.bytes + (config.gue_variant == 1 ? 4U : 1U);
      if (quoted < needed) {
        EXPECT_EQ(quote.inner, 0) << quoted;
        continue;
      }
      EXPECT_EQ(quote.overhead, e.bytes);
      EXPECT_EQ(quote.inner, parsed.quote_l3 + e.bytes);
      EXPECT_EQ(quote.family, GetParam().inner);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Tunnel,
                         testing::Values(FamilyPair{Family::ipv4, Family::ipv4},
                                         FamilyPair{Family::ipv4, Family::ipv6},
                                         FamilyPair{Family::ipv6, Family::ipv4},
                                         FamilyPair{Family::ipv6, Family::ipv6}),
                         [](const auto& info) {
                           const auto digit = [](Family f) { return f == Family::ipv4 ? "4" : "6"; };
                           return std::string(digit(info.param.inner)) + "in" + digit(info.param.outer);
                         });

TEST(TunnelEntropy, IsTheSameForAFlowAndSpreadsFlows) {
  std::set<std::uint32_t> ports;
  for (std::uint16_t port = 1; port <= 4096; ++port) {
    const FlowKey<V4> v4{0x010200c0, 0x64000a0a, port, 80, 6};
    const FlowKey<V6> v6{{1, 2}, {3, 4}, port, 80, 6};
    EXPECT_EQ(tunnel_entropy(v4), tunnel_entropy(v4));
    ports.insert(tunnel_entropy(v4) & 0x3fff);
    ports.insert(0x10000 | (tunnel_entropy(v6) & 0x3fff));
  }
  // 4,096 balls in 16,384 boxes, twice: about 3,600 boxes are hit by chance.
  EXPECT_GT(ports.size(), 2 * 3400U);
}

}  // namespace
}  // namespace hvs
