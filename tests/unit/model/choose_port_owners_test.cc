// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/choose_port_owners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/rss_keys.h"

namespace hvs {
namespace {

using testing::HasSubstr;

constexpr unsigned kWorkers = 3;

PortSpread spread(const char* name) {
  PortSpread out{name, {test::kMicrosoftKey, {}, {true, true, true, true}}, {}};
  for (unsigned i = 0; i < 128; ++i) out.rss.reta.push_back(static_cast<std::uint16_t>(i % 6));
  for (unsigned q = 0; q < 6; ++q) out.workers.emplace_back(static_cast<std::uint8_t>(q % kWorkers));
  return out;
}

unsigned types_by_rss(const PortOwners& owners) {
  unsigned count = 0;
  for (std::size_t type = 0; type < kRssTypes; ++type)
    count += owners.rss(static_cast<RssType>(type)) != nullptr ? 1 : 0;
  return count;
}

TEST(ChoosePortOwners, FollowsRssWhereAllPortsAgree) {
  const std::vector<PortSpread> ports = {spread("outside"), spread("inside")};
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_EQ(types_by_rss(choice.owners), kRssTypes);
  EXPECT_EQ(choice.why, "by RSS (128 entries) for tcp/ipv4, udp/ipv4, tcp/ipv6 and udp/ipv6");
}

TEST(ChoosePortOwners, TablesThatSayTheSameAgreeWhateverTheirLength) {
  std::vector<PortSpread> ports = {spread("outside"), spread("inside")};
  for (PortSpread& port : ports) {
    port.workers = {WorkerId{0}, WorkerId{1}, WorkerId{2}, WorkerId{1}};
    for (std::size_t i = 0; i < port.rss.reta.size(); ++i)
      port.rss.reta[i] = static_cast<std::uint16_t>(i % 4);
  }
  ports[1].rss.reta.resize(32);
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_EQ(types_by_rss(choice.owners), kRssTypes) << choice.why;
  EXPECT_EQ(choice.owners.indexes_of(WorkerId{1}).size(), 2U) << "of a table of four";
}

TEST(ChoosePortOwners, OneWorkerOwnsAll) {
  const std::vector<PortSpread> ports = {spread("inside")};
  const auto choice = choose_port_owners(ports, 1);
  EXPECT_EQ(types_by_rss(choice.owners), 0U);
  EXPECT_EQ(choice.why, "to one worker");
}

TEST(ChoosePortOwners, ProtocolsWhosePortsAreNotHashedGoByBlocks) {
  std::vector<PortSpread> ports = {spread("outside"), spread("inside")};
  ports[0].rss.over_ports[static_cast<std::size_t>(RssType::udp_v4)] = false;
  ports[1].rss.over_ports[static_cast<std::size_t>(RssType::udp_v6)] = false;
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_NE(choice.owners.rss(RssType::tcp_v4), nullptr);
  EXPECT_EQ(choice.owners.rss(RssType::udp_v4), nullptr);
  EXPECT_NE(choice.owners.rss(RssType::tcp_v6), nullptr);
  EXPECT_EQ(choice.owners.rss(RssType::udp_v6), nullptr);
  EXPECT_EQ(choice.why,
            "by RSS (128 entries) for tcp/ipv4 and tcp/ipv6; in blocks, because the ports are not hashed "
            "(ethtool -N "
            "DEVICE rx-flow-hash), for udp/ipv4 and udp/ipv6");
}

TEST(ChoosePortOwners, AKeyThatIsTooShortForIpv6ServesIpv4) {
  std::vector<PortSpread> ports = {spread("inside")};
  ports[0].rss.key.resize(16);
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_EQ(types_by_rss(choice.owners), 2U);
  EXPECT_NE(choice.owners.rss(RssType::udp_v4), nullptr);
  EXPECT_THAT(choice.why,
              HasSubstr("the RSS key does not spread them over the table, for tcp/ipv6 and udp/ipv6"));
}

struct Obstacle {
  const char* what;
  std::function<void(PortSpread&)> make;  // of the second port
  const char* why;
};
class ChooseBlocks : public testing::TestWithParam<Obstacle> {};

TEST_P(ChooseBlocks, AndSaysWhy) {
  std::vector<PortSpread> ports = {spread("outside"), spread("inside")};
  GetParam().make(ports[1]);
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_EQ(types_by_rss(choice.owners), 0U);
  EXPECT_EQ(choice.owners.workers(), kWorkers);
  EXPECT_EQ(choice.why, std::string("in blocks, because ") + GetParam().why);
}

const Obstacle kObstacles[] = {
    {"unknown", [](PortSpread& p) { p.rss = {}; },
     "the device of port inside does not tell how it spreads frames (RSS)"},
    {"no power of two", [](PortSpread& p) { p.rss.reta.resize(100); },
     "the RSS table of port inside has 100 entries, not a power of two up to 2048"},
    {"too large", [](PortSpread& p) { p.rss.reta.resize(4096); },
     "the RSS table of port inside has 4096 entries, not a power of two up to 2048"},
    {"a queue of nobody", [](PortSpread& p) { p.rss.reta[5] = 6; },
     "the RSS table of port inside names queue 6, of which no worker takes frames"},
    {"another key", [](PortSpread& p) { p.rss.key[0] ^= 1U; },
     "ports outside and inside differ in their RSS keys"},
    {"another table", [](PortSpread& p) { std::swap(p.rss.reta[0], p.rss.reta[1]); },
     "ports outside and inside spread frames over the workers differently (RSS tables, queues)"},
    {"other workers", [](PortSpread& p) { std::swap(p.workers[0], p.workers[1]); },
     "ports outside and inside spread frames over the workers differently (RSS tables, queues)"},
};
INSTANTIATE_TEST_SUITE_P(Obstacles, ChooseBlocks, testing::ValuesIn(kObstacles));

TEST(ChoosePortOwners, AWorkerThatTheTableLeavesOutMakesItBlocks) {
  std::vector<PortSpread> ports = {spread("inside")};
  for (std::uint16_t& queue : ports[0].rss.reta) queue = queue % 2;
  const auto choice = choose_port_owners(ports, kWorkers);
  EXPECT_EQ(types_by_rss(choice.owners), 0U);
  EXPECT_EQ(choice.why, "in blocks, because the RSS tables bring nothing to worker 2");
}

TEST(ChoosePortOwners, WithoutPortsItIsBlocks) {
  EXPECT_EQ(types_by_rss(choose_port_owners({}, kWorkers).owners), 0U);
}

}  // namespace
}  // namespace hvs
