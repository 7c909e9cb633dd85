// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/port_owners.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "tests/support/rss_keys.h"

namespace hvs {
namespace {

using test::kMicrosoftKey;
using test::random_key;

constexpr std::array<bool, kRssTypes> kAll = {true, true, true, true};
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

RssTuple reply(std::mt19937& rng, Family family, std::uint8_t protocol = kTcp) {
  RssTuple out;
  for (IpAddr* addr : {&out.src, &out.dst}) {
    addr->family = family;
    for (unsigned i = 0; i < (family == Family::ipv4 ? 4 : 16); ++i)
      addr->bytes[i] = static_cast<std::uint8_t>(rng());
  }
  out.src_port = L4Port{static_cast<std::uint16_t>(rng())};
  out.dst_port = L4Port{static_cast<std::uint16_t>(rng())};
  out.protocol = protocol;
  return out;
}

/// By family, entries of the table, seed of the key (0: the published one).
class RssPortsTest : public testing::TestWithParam<std::tuple<Family, unsigned, unsigned>> {
 protected:
  [[nodiscard]] Family family() const { return std::get<0>(GetParam()); }
  [[nodiscard]] unsigned bits() const { return std::get<1>(GetParam()); }
  [[nodiscard]] std::vector<std::uint8_t> key() const {
    const unsigned seed = std::get<2>(GetParam());
    return seed == 0 ? kMicrosoftKey : random_key(seed);
  }
};

TEST_P(RssPortsTest, TheIndexIsThatOfTheWholeHash) {
  const auto ports = RssPorts::make(key(), family(), bits());
  ASSERT_TRUE(ports);
  std::mt19937 rng(bits());
  for (unsigned i = 0; i < 2000; ++i) {
    const RssTuple r = reply(rng, family());
    const unsigned index = ports->pair_index(r.src, r.src_port, r.dst) ^ ports->place_of(r.dst_port);
    ASSERT_EQ(index & ports->index_mask(), toeplitz_hash(key(), r) & ports->index_mask());
  }
}

TEST_P(RssPortsTest, EveryPortHasOnePlaceAndThePortsOfAnIndexAscend) {
  const auto ports = RssPorts::make(key(), family(), bits());
  ASSERT_TRUE(ports);
  for (unsigned port = 0; port < 65536; ++port) {
    const L4Port p{static_cast<std::uint16_t>(port)};
    ASSERT_EQ(ports->port_at(ports->place_of(p)), p);
  }
  EXPECT_EQ(ports->ports_per_index() << bits(), 65536U);
  for (unsigned index = 0; index <= ports->index_mask(); ++index) {
    int last = -1;
    for (unsigned nth = 0; nth < ports->ports_per_index(); ++nth) {
      const int port = ports->port_at(static_cast<std::uint16_t>(nth << bits() | index)).value;
      ASSERT_GT(port, last);
      last = port;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, RssPortsTest,
                         testing::Combine(testing::Values(Family::ipv4, Family::ipv6),
                                          testing::Values(0U, 1U, 6U, 7U, 9U, 11U),
                                          testing::Values(0U, 1U, 2U, 3U)));

TEST(RssPortsMake, RefusesAKeyThatIsTooShortForTheFamily) {
  const std::span<const std::uint8_t> key(kMicrosoftKey);
  EXPECT_TRUE(RssPorts::make(key.first(16), Family::ipv4, 7));
  EXPECT_FALSE(RssPorts::make(key.first(15), Family::ipv4, 7));
  EXPECT_TRUE(RssPorts::make(key.first(40), Family::ipv6, 7));
  EXPECT_FALSE(RssPorts::make(key.first(39), Family::ipv6, 7));
}

TEST(RssPortsMake, RefusesAKeyThatLeavesIndexesOutOfReach) {
  auto key = kMicrosoftKey;
  std::fill(key.begin(), key.end(), std::uint8_t{0});
  EXPECT_FALSE(RssPorts::make(key, Family::ipv4, 1));
  std::fill(key.begin(), key.end(), std::uint8_t{0xff});  // every bit of a port says the same
  EXPECT_TRUE(RssPorts::make(key, Family::ipv4, 1));
  EXPECT_FALSE(RssPorts::make(key, Family::ipv4, 2));
}

TEST(PortOwners, FollowsTheTableWhereToldToAndBlocksElsewhere) {
  constexpr unsigned kWorkers = 4;
  std::vector<WorkerId> table;
  for (unsigned i = 0; i < 128; ++i) table.emplace_back(static_cast<std::uint8_t>(i % 5 % kWorkers));
  const PortOwners owners(kWorkers, kMicrosoftKey, table, {true, false, false, true});
  EXPECT_NE(owners.rss(RssType::tcp_v4), nullptr);
  EXPECT_EQ(owners.rss(RssType::udp_v4), nullptr);
  EXPECT_EQ(owners.rss(RssType::tcp_v6), nullptr);
  EXPECT_NE(owners.rss(RssType::udp_v6), nullptr);
  std::mt19937 rng(3);
  for (unsigned i = 0; i < 4000; ++i) {
    const Family family = i % 2 == 0 ? Family::ipv4 : Family::ipv6;
    const RssTuple r = reply(rng, family, i % 4 < 2 ? kTcp : kUdp);
    const bool by_rss = (family == Family::ipv4) == (r.protocol == kTcp);
    const WorkerId wanted =
        by_rss ? table[toeplitz_hash(kMicrosoftKey, r) % 128] : lip_block_owner(r.dst_port, kWorkers);
    ASSERT_EQ(owners.owner(r), wanted);
  }
}

TEST(PortOwners, KnowsEachWorkersIndexes) {
  const std::vector<WorkerId> table = {WorkerId{1}, WorkerId{0}, WorkerId{1}, WorkerId{1}};
  const PortOwners owners(2, kMicrosoftKey, table, kAll);
  EXPECT_EQ(std::vector<std::uint16_t>(owners.indexes_of(WorkerId{0}).begin(),
                                       owners.indexes_of(WorkerId{0}).end()),
            (std::vector<std::uint16_t>{1}));
  EXPECT_EQ(std::vector<std::uint16_t>(owners.indexes_of(WorkerId{1}).begin(),
                                       owners.indexes_of(WorkerId{1}).end()),
            (std::vector<std::uint16_t>{0, 2, 3}));
  EXPECT_EQ(owners.ordinal(0), 0U);
  EXPECT_EQ(owners.ordinal(1), 0U);
  EXPECT_EQ(owners.ordinal(2), 1U);
  EXPECT_EQ(owners.ordinal(3), 2U);
}

}  // namespace
}  // namespace hvs
