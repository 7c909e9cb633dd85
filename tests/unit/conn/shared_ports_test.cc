// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "dataplane/conn/lip_ports.h"
#include "tests/support/port_owners.h"

// Local ports of mode snat: hosts outside share bitmaps, and each of them still sees a port once.
namespace hvs {
namespace {

using Pair = LipPorts::PairKey;

Pair pair_to(unsigned host, std::uint8_t protocol = 6) {
  return {IpAddr::v4(Be32{0x0a320009U}), IpAddr::v4(Be32{0xcb007100U + host}), L4Port{443}, protocol};
}

class SharedPorts : public testing::TestWithParam<bool> {
 protected:
  static constexpr unsigned kWorkers = 2;
  std::shared_ptr<const PortOwners> owners =
      GetParam() ? test::owners_by_rss(kWorkers) : std::make_shared<const PortOwners>(kWorkers);
  LipPorts ports{WorkerId{1}, owners, 3 * LipPorts::kGroups};
};

TEST_P(SharedPorts, AreUniqueForEveryHostAndTheWorkersOwn) {
  std::mt19937 rng(5);
  std::map<std::pair<unsigned, std::uint8_t>, std::set<std::uint16_t>> taken;
  for (unsigned n = 0; n < 20'000; ++n) {
    const unsigned host = static_cast<unsigned>(rng() % 5000);
    const std::uint8_t protocol = rng() % 2 == 0 ? 6 : 17;
    const Pair pair = pair_to(host, protocol);
    const auto got = ports.take_shared_port(pair, L4Port{10240}, L4Port{65535});
    ASSERT_TRUE(got);
    EXPECT_GE(got->port.value, 10240);
    ASSERT_TRUE((taken[{host, protocol}].insert(got->port.value).second)) << got->port.value;
    ASSERT_EQ(owners->owner({pair.dest, pair.lip, pair.dest_port, got->port, protocol}), WorkerId{1});
  }
}

TEST_P(SharedPorts, NeedFewPairsHoweverManyHostsThereAre) {
  for (unsigned host = 0; host < 100'000; ++host) {
    const Pair pair = pair_to(host);
    const auto got = ports.take_shared_port(pair, L4Port{10240}, L4Port{65535});
    ASSERT_TRUE(got);
    ports.free_shared_port(got->pool, pair, got->port);
  }
  EXPECT_EQ(ports.pairs(), LipPorts::kGroups);
}

TEST_P(SharedPorts, ComeBack) {
  std::set<std::uint16_t> all;
  std::vector<LipPorts::Allocation> held;
  const Pair pair = pair_to(1);
  while (const auto got = ports.take_shared_port(pair, L4Port{20000}, L4Port{20999})) {
    EXPECT_TRUE(all.insert(got->port.value).second);
    held.push_back(*got);
  }
  EXPECT_GT(all.size(), 400U);
  for (const auto& one : held) ports.free_shared_port(one.pool, pair, one.port);
  std::set<std::uint16_t> again;
  while (const auto got = ports.take_shared_port(pair, L4Port{20000}, L4Port{20999}))
    again.insert(got->port.value);
  EXPECT_EQ(again, all);
}

TEST_P(SharedPorts, AHostWithoutAPortOfTheRangeTakesNoneFromOthers) {
  constexpr L4Port kOnly{20000};  // by RSS, it is this worker's for about half of the hosts
  unsigned have = 0;
  for (unsigned host = 0; host < 500; ++host) {
    LipPorts alone{WorkerId{1}, owners, LipPorts::kGroups};
    const bool has = alone.take_shared_port(pair_to(host), kOnly, kOnly).has_value();
    const auto got = ports.take_shared_port(pair_to(host), kOnly, kOnly);
    ASSERT_EQ(got.has_value(), has) << "host " << host;
    if (!got) continue;
    ++have;
    ports.free_shared_port(got->pool, pair_to(host), got->port);
  }
  EXPECT_TRUE(GetParam() ? have > 100 && have < 400 : have == 0 || have == 500) << have;
}

TEST_P(SharedPorts, OfQueriesAreFoundByTheIdAlone) {
  std::map<unsigned, std::set<std::uint16_t>> taken;
  for (unsigned n = 0; n < 2000; ++n) {
    const Pair pair = pair_to(n % 50, 1);
    const auto got = ports.take_shared_port(pair, L4Port{10240}, L4Port{65535});
    ASSERT_TRUE(got);
    EXPECT_TRUE(taken[n % 50].insert(got->port.value).second);
    EXPECT_EQ(owners->owner({pair.dest, pair.lip, {}, got->port, 1}), WorkerId{1});
    EXPECT_EQ(owners->owner({pair_to(777).dest, pair.lip, {}, got->port, 1}), WorkerId{1});
  }
}

/// Within one kind of bitmap no port is given twice, so that only another kind makes one doubtful.
TEST_P(SharedPorts, MayClashWithThoseOfAnotherKindAlone) {
  const Pair pair = pair_to(1);
  constexpr L4Port kLow{20000}, kHigh{29999};
  const auto rule = ports.take_shared_port(pair, kLow, kHigh);
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->may_clash);
  EXPECT_FALSE(ports.take_shared_port(pair_to(2), kLow, kHigh)->may_clash);
  EXPECT_TRUE(ports.take_port(pair, kLow, kHigh)->may_clash);
  LipPorts::Allocation of_dest;
  ASSERT_TRUE(ports.take_port_of_dest(pair, kLow, kHigh, of_dest));
  EXPECT_TRUE(of_dest.may_clash);
  EXPECT_TRUE(ports.take_shared_port(pair, kLow, kHigh)->may_clash);
  Pair elsewhere = pair;
  elsewhere.lip = IpAddr::v4(Be32{0x0a32000aU});
  EXPECT_FALSE(ports.take_shared_port(elsewhere, kLow, kHigh)->may_clash) << "another LIP";
}

TEST_P(SharedPorts, AreUndoubtedAgainWhenTheOthersAreBack) {
  const Pair pair = pair_to(1);
  constexpr L4Port kLow{20000}, kHigh{29999};
  const auto first = ports.take_port(pair, kLow, kHigh);
  const auto second = ports.take_port(pair, kLow, kHigh);
  ASSERT_TRUE(first && second);
  const auto clashes = [&] {
    const auto got = ports.take_shared_port(pair, kLow, kHigh);
    ports.free_shared_port(got->pool, pair, got->port);
    return got->may_clash;
  };
  EXPECT_TRUE(clashes());
  ports.free_port(first->pool, first->port);
  EXPECT_TRUE(clashes());
  ports.free_port(second->pool, second->port);
  EXPECT_FALSE(clashes());
}

INSTANTIATE_TEST_SUITE_P(ByBlocksAndByRss, SharedPorts, testing::Bool());

}  // namespace
}  // namespace hvs
