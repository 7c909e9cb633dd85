// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

#include "net/parse.h"
#include "tests/golden/traffic.h"
#include "tests/support/packet.h"

// Mode nat, UDP: few ports of a client, few dests, and three VIPs, so that connections share the dest's
// answers all the time while others end. Whatever happens, an answer comes from the VIP that was asked last.
namespace hvs::golden {
namespace {

constexpr std::uint32_t kAliveMs = 1900;  // less than udp_unreplied

Config config(Family family = Family::ipv4) {
  const bool v4 = family == Family::ipv4;
  const std::string dest = v4 ? "\"10.20.0." : "\"fd20::";
  std::string text =
      "instance: golden\nports:\n  - { name: outside, device: out0 }\n  - { name: inside, device: in0 }\n"
      "services:\n";
  for (const int n : {100, 101, 102}) {
    text +=
        "  - name: s" + std::to_string(n) + "\n    vip: " + (v4 ? "10.10.0." : "\"fd10::") +
        std::to_string(n) + (v4 ? "" : "\"") +
        "\n    protocol: udp\n    port: 80\n    mode: nat\n    one_packet: " + (n == 102 ? "true" : "false") +
        "\n    timeouts: { udp_unreplied: 2s, udp: 5s }\n"
        "    dests: [ { address: " +
        dest + "21\", port: 8080 }, { address: " + dest + "22\", port: 8080 } ]\n";
  }
  return config_of(text);
}

struct Packet {
  std::string src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint8_t payload = 0;
};
Packet parsed(const Bytes& frame) {
  const Reader bytes{frame.data(), frame.size()};
  const Parsed p = parse_frame(bytes);
  const auto& ports = *bytes.at<L4Ports>(p.l4);
  const auto of = [&](const IpAddr& src, const IpAddr& dst) -> Packet {
    return {src.text(), dst.text(), ports.src.host(), ports.dst.host(), frame.at(p.l4 + 8U)};
  };
  if (p.family == Family::ipv4) {
    const auto& ip = *bytes.at<Ipv4Hdr>(p.l3);
    return of(IpAddr::v4(ip.src), IpAddr::v4(ip.dst));
  }
  const auto& ip = *bytes.at<Ipv6Hdr>(p.l3);
  return of(IpAddr::v6(ip.src), IpAddr::v6(ip.dst));
}

struct Asked {
  std::uint8_t vip = 0;
  std::uint32_t when_ms = 0;
};

/// Connections that there is room for, and of which family they are.
class SharedAnswers : public testing::TestWithParam<std::pair<unsigned, Family>> {
 protected:
  static std::string pick(const char* v4, const char* v6) {
    return GetParam().second == Family::ipv4 ? v4 : v6;
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(rng_() % n); }

  void ask() {
    for (unsigned frames = 1 + below(6); frames > 0; --frames) {
      const unsigned vip = 100 + below(3);
      rig_.inject(kOutside, QueueId{0},
                  test::Packet()
                      .eth(kOutsideMac)
                      .ip(client_, vips_ + std::to_string(vip))
                      .udp(static_cast<std::uint16_t>(5060 + below(3)), 80)
                      .payload(Bytes{static_cast<std::uint8_t>(vip)})
                      .build());
    }
    rig_.turn();
    for (const Bytes& frame : rig_.sent(kInside, QueueId{0})) {
      const Packet p = parsed(frame);
      asked_[{p.src_port, p.dst}] = {p.payload, now_ms_};
    }
  }

  void answer() {
    const auto port = static_cast<std::uint16_t>(5060 + below(3));
    const std::string dest = pick("10.20.0.", "fd20::") + std::to_string(21 + below(2));
    rig_.inject(kInside, QueueId{0},
                test::Packet().eth(kInsideMac).ip(dest, client_).udp(8080, port).payload(Bytes{1}).build());
    rig_.turn();
    const auto sent = rig_.sent(kOutside, QueueId{0});
    const auto found = asked_.find({port, dest});
    const bool alive = found != asked_.end() && now_ms_ - found->second.when_ms < kAliveMs;
    if (GetParam().first > 100 && alive) {
      ASSERT_EQ(sent.size(), 1U);
    }
    if (sent.empty()) return;
    ++answers_;
    ASSERT_NE(found, asked_.end());
    if (alive) {
      ASSERT_EQ(parsed(sent[0]).src, vips_ + std::to_string(found->second.vip));
    }
  }

  void pass(std::uint32_t ms) {
    now_ms_ += ms;
    rig_.advance(ms);
    rig_.turn(4);
  }

  const std::string client_ = pick("192.0.2.1", "2001:db8::1");
  const std::string vips_ = pick("10.10.0.", "fd10::");
  std::mt19937 rng_{GetParam().first};
  Rig rig_{config(GetParam().second), World::parse(traffic_world()), Rig::Sizes{GetParam().first, 64}};
  std::map<std::pair<std::uint16_t, std::string>, Asked> asked_;
  std::uint32_t now_ms_ = 0;
  unsigned answers_ = 0;
};

TEST_P(SharedAnswers, ComeFromTheVipThatWasAskedLast) {
  pass(1);
  for (unsigned n = 0; n < 20'000; ++n) {
    if (below(2) == 0) {
      ask();
    } else {
      ASSERT_NO_FATAL_FAILURE(answer()) << n;
    }
    if (below(4) == 0) pass(below(10) == 0 ? below(6000) : below(100));
    (void)rig_.punted();
  }
  EXPECT_GT(answers_, 1000U);
  EXPECT_EQ(rig_.counters().at("drop.tuple_taken"), 0);
  pass(10'000);
  pass(10'000);
  EXPECT_EQ(rig_.counters().at("connections"), 0);
}

/// A datagram for which there is no room takes nobody's answers.
TEST(SharedAnswersOfAFullTable, StayWhereTheyAre) {
  Config one_dest = config();
  for (ServiceConfig& service : one_dest.services) service.dests.resize(1);
  Rig rig{one_dest, World::parse(traffic_world()), Rig::Sizes{2, 64}};
  const auto ask = [&](std::uint16_t port, const std::string& vip) {
    rig.inject(kOutside, QueueId{0},
               test::Packet().eth(kOutsideMac).ip("192.0.2.1", vip).udp(port, 80).payload(Bytes{1}).build());
    rig.turn();
    return rig.sent(kInside, QueueId{0}).size();
  };
  const auto answered_by = [&](std::uint16_t port) -> std::string {
    rig.inject(kInside, QueueId{0},
               test::Packet()
                   .eth(kInsideMac)
                   .ip("10.20.0.21", "192.0.2.1")
                   .udp(8080, port)
                   .payload(Bytes{1})
                   .build());
    rig.turn();
    const auto sent = rig.sent(kOutside, QueueId{0});
    return sent.empty() ? "nobody" : parsed(sent[0]).src;
  };
  // Nobody can be made to go for them.
  for (const std::uint16_t port : {std::uint16_t{5060}, std::uint16_t{5061}}) {
    ASSERT_EQ(ask(port, "10.10.0.100"), 1U);
    ASSERT_EQ(answered_by(port), "10.10.0.100");
    ASSERT_EQ(ask(port, "10.10.0.100"), 1U);
  }
  EXPECT_EQ(ask(5060, "10.10.0.102"), 0U);
  EXPECT_EQ(rig.counters().at("drop.conn_table_full"), 1);
  EXPECT_EQ(answered_by(5060), "10.10.0.100");
}

INSTANTIATE_TEST_SUITE_P(Room, SharedAnswers,
                         testing::Values(std::pair{1000U, Family::ipv4}, std::pair{5U, Family::ipv4},
                                         std::pair{1000U, Family::ipv6}, std::pair{5U, Family::ipv6}));

}  // namespace
}  // namespace hvs::golden
