// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "net/parse.h"
#include "tests/golden/traffic.h"
#include "tests/support/packet.h"

// New connections of modes nat and snat that meet within one burst.
namespace hvs::golden {
namespace {

class NewInBurst : public testing::TestWithParam<Family> {
 protected:
  NewInBurst() {
    Config config = config_of(traffic_config());
    config.services.resize(4);
    for (ServiceConfig& service : config.services) {
      service.mode = ForwardingMode::nat;
      service.scheduler = SchedulerKind::rr;
      service.lip_pool.clear();
      service.dests.resize(1);
    }
    for (std::size_t i = 0; i < 4; ++i) {  // by another VIP to the same dests
      config.services.push_back(config.services[i]);
      config.services.back().name += "-too";
      config.services.back().vip =
          *IpAddr::parse(config.services[i].vip.is_v4() ? "10.10.0.102" : "fd10::102");
    }
    rig_ = std::make_unique<Rig>(config, World::parse(traffic_world()), Rig::Sizes{256, 64});
  }
  static std::string pick(const char* v4, const char* v6) { return GetParam() == Family::ipv4 ? v4 : v6; }
  void ask(PortId port, const std::string& from, const std::string& to, std::uint16_t client,
           bool tcp = false) {
    test::Packet packet;
    packet.eth(port == kOutside ? kOutsideMac : kInsideMac).ip(from, to);
    tcp ? packet.tcp(client, 80, {.flags = TcpHdr::kSyn}) : packet.udp(client, 80);
    rig_->inject(port, QueueId{0}, packet.build());
  }
  std::int64_t counter(const std::string& name) { return rig_->counters().at(name); }
  /// The frame's answer by who has got it.
  static Bytes answer_to(const Bytes& frame, const MacAddr& mac) {
    const Reader bytes{frame.data(), frame.size()};
    const Parsed p = parse_frame(bytes);
    const auto& ports = *bytes.at<L4Ports>(p.l4);
    const bool v4 = p.family == Family::ipv4;
    const auto text = [&](bool src) {
      if (v4) return IpAddr::v4(src ? bytes.at<Ipv4Hdr>(p.l3)->src : bytes.at<Ipv4Hdr>(p.l3)->dst).text();
      return IpAddr::v6(src ? bytes.at<Ipv6Hdr>(p.l3)->src : bytes.at<Ipv6Hdr>(p.l3)->dst).text();
    };
    return test::Packet()
        .eth(mac)
        .ip(text(false), text(true))
        .udp(ports.dst.host(), ports.src.host())
        .build();
  }

  static std::string from(const Bytes& frame) {
    const Reader bytes{frame.data(), frame.size()};
    const Parsed p = parse_frame(bytes);
    return p.family == Family::ipv4 ? IpAddr::v4(bytes.at<Ipv4Hdr>(p.l3)->src).text()
                                    : IpAddr::v6(bytes.at<Ipv6Hdr>(p.l3)->src).text();
  }

  const std::string client = pick("192.0.2.1", "2001:db8::1");
  const std::string vip = pick("10.10.0.100", "fd10::100");
  const std::string other_vip = pick("10.10.0.102", "fd10::102");
  const std::string inside = pick("10.30.0.5", "fd30::5");
  std::unique_ptr<Rig> rig_;
};

TEST_P(NewInBurst, TheSameFlowTwiceIsOneConnectionOfModeNat) {
  for (const std::uint16_t port : {1000, 1001, 1002}) {  // VIPs are remembered from the second burst on
    for (unsigned i = 0; i < 3; ++i) ask(kOutside, client, vip, port);
    rig_->turn();
    EXPECT_EQ(rig_->sent(kInside, QueueId{0}).size(), 3U);
  }
  EXPECT_EQ(counter("connections"), 3);
}

TEST_P(NewInBurst, TheSameFlowTwiceIsOneConnectionOfModeSnat) {
  for (unsigned i = 0; i < 3; ++i) ask(kInside, inside, client, 1000);
  ask(kInside, inside, client, 1001);
  rig_->turn();
  const auto sent = rig_->sent(kOutside, QueueId{0});
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0], sent[2]);
  EXPECT_NE(sent[0], sent[3]) << "another local port";
  EXPECT_EQ(counter("connections"), 2);
  for (const Bytes& frame : {sent[0], sent[3]})
    rig_->inject(kOutside, QueueId{0}, answer_to(frame, kOutsideMac));
  rig_->turn();
  EXPECT_EQ(rig_->sent(kInside, QueueId{0}).size(), 2U);
}

/// By two VIPs to one dest, which cannot tell them apart.
TEST_P(NewInBurst, OfTwoThatADestCannotTellApartOneGivesWay) {
  for (const bool tcp : {true, false}) {
    for (const std::uint16_t port : {1000, 1001, 1002}) {
      ask(kOutside, client, vip, port, tcp);
      ask(kOutside, client, other_vip, port, tcp);
    }
    rig_->turn();
    const auto sent = rig_->sent(kInside, QueueId{0});
    EXPECT_EQ(sent.size(), 6U);
    // TCP: the first has no answer yet, and ends. UDP: it stays, and lends its answers.
    EXPECT_EQ(counter("connections"), tcp ? 3 : 9);
    if (tcp) continue;
    rig_->inject(kInside, QueueId{0}, answer_to(sent.back(), kInsideMac));
    rig_->turn();
    const auto back = rig_->sent(kOutside, QueueId{0});
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(from(back[0]), other_vip);
  }
  EXPECT_EQ(counter("drop.tuple_taken"), 0);
}

/// One that the burst's first look has found, and one that is entered for its answers at the burst's end
/// alone, in turn.
TEST_P(NewInBurst, OneThatWasFoundAndOneThatIsPendingTakeTurns) {
  for (unsigned frames = 2; frames <= 7; ++frames) {
    const bool ends_by_found = frames % 2 == 0;
    const auto port =
        static_cast<std::uint16_t>(1000 + frames);  // whose connections are new but for the first VIP's
    ask(kOutside, client, vip, port);
    rig_->turn();
    (void)rig_->sent(kInside, QueueId{0});
    const std::int64_t before = counter("connections");
    for (unsigned i = 1; i <= frames; ++i) ask(kOutside, client, i % 2 == 0 ? vip : other_vip, port);
    rig_->turn();
    const auto sent = rig_->sent(kInside, QueueId{0});
    ASSERT_EQ(sent.size(), frames);
    EXPECT_EQ(counter("connections"), before + 1) << "both stay";
    rig_->inject(kInside, QueueId{0}, answer_to(sent.back(), kInsideMac));
    rig_->turn();
    const auto back = rig_->sent(kOutside, QueueId{0});
    ASSERT_EQ(back.size(), 1U) << frames;
    EXPECT_EQ(from(back[0]), ends_by_found ? vip : other_vip) << frames;
  }
}

/// TCP: each SYN ends the connection of the one before, the first one's, too, which the burst's first look
/// has found.
TEST_P(NewInBurst, OneThatWasFoundOrIsPendingEndsBeforeMoreOfItComes) {
  ask(kOutside, client, vip, 1000, true);
  rig_->turn();
  ASSERT_EQ(rig_->sent(kInside, QueueId{0}).size(), 1U);
  for (unsigned i = 0; i < 6; ++i) ask(kOutside, client, i % 2 == 0 ? other_vip : vip, 1000, true);
  ask(kOutside, client, other_vip, 1001, true);
  rig_->turn();
  EXPECT_EQ(rig_->sent(kInside, QueueId{0}).size(), 7U);
  EXPECT_EQ(counter("connections"), 2);
  EXPECT_EQ(counter("connections_opened"), 8);
  const std::string dest = pick("10.20.0.21", "fd20::21");
  for (const std::uint16_t port : {1000, 1001}) {
    rig_->inject(kInside, QueueId{0},
                 test::Packet()
                     .eth(kInsideMac)
                     .ip(dest, client)
                     .tcp(8080, port, {.flags = TcpHdr::kSyn | TcpHdr::kAck})
                     .build());
    rig_->turn();
    const auto back = rig_->sent(kOutside, QueueId{0});
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(from(back[0]), port == 1000 ? vip : other_vip);
  }
}

/// A VIP is remembered with its service's dests; others that come in its place are what counts.
TEST_P(NewInBurst, AnotherConfigurationCountsAtOnce) {
  ask(kOutside, client, vip, 1000);
  rig_->turn();
  ASSERT_EQ(rig_->sent(kInside, QueueId{0}).size(), 1U);
  Config config = config_of(traffic_config());
  config.services.clear();
  config.snat.clear();
  config.lip_pools.clear();
  rig_->load(config);
  ask(kOutside, client, vip, 1001);
  ask(kInside, inside, client, 1001);
  rig_->turn();
  EXPECT_EQ(rig_->sent(kInside, QueueId{0}).size() + rig_->sent(kOutside, QueueId{0}).size(), 0U);
  EXPECT_EQ(rig_->punted().size(), 2U);
}

TEST_P(NewInBurst, QueriesThatOpenConnectionsAreAnswered) {
  const std::uint8_t request = GetParam() == Family::ipv4 ? 8 : 128;
  const std::uint8_t reply = GetParam() == Family::ipv4 ? 0 : 129;
  // More than may wait for their second keys.
  for (unsigned n = 0; n < 200; ++n) {
    rig_->inject(
        kInside, QueueId{0},
        test::Packet().eth(kInsideMac).ip(inside, client).icmp(request, 0, (n % 60 + 1) << 16).build());
    if (n % 32 == 31) rig_->turn();
  }
  rig_->turn(2);
  const auto sent = rig_->sent(kOutside, QueueId{0});
  ASSERT_EQ(sent.size(), 200U);
  EXPECT_EQ(counter("connections"), 60);
  const Parsed p = parse_frame(Reader{sent[0].data(), sent[0].size()});
  const std::string lip = from(sent[0]);
  const std::uint32_t id = static_cast<std::uint32_t>(sent[0].at(p.l4 + 4U)) << 8 | sent[0].at(p.l4 + 5U);
  rig_->inject(kOutside, QueueId{0},
               test::Packet().eth(kOutsideMac).ip(client, lip).icmp(reply, 0, id << 16).build());
  rig_->turn();
  EXPECT_EQ(rig_->sent(kInside, QueueId{0}).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Families, NewInBurst, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& param) { return param.param == Family::ipv4 ? "V4" : "V6"; });

}  // namespace
}  // namespace hvs::golden
