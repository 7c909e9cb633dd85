// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/lip_ports.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace hvs {
namespace {

IpAddr ip(const char* text) { return *IpAddr::parse(text); }

LipPorts::PairKey pair(unsigned dest = 1, const char* lip = "10.20.0.10", std::uint8_t protocol = 6) {
  return {ip(lip), IpAddr::v4(Be32{0x0a140000U + dest}), L4Port{80}, protocol};
}

std::vector<unsigned> take_all(LipPorts& ports, const LipPorts::PairKey& key, unsigned low, unsigned high) {
  std::vector<unsigned> taken;
  while (const auto got = ports.take_port(key, L4Port{static_cast<std::uint16_t>(low)},
                                          L4Port{static_cast<std::uint16_t>(high)})) {
    taken.push_back(got->port.value);
  }
  return taken;
}

struct Limits {
  unsigned low, high;
};
class LipPortsLimits : public testing::TestWithParam<std::tuple<Limits, unsigned>> {};

TEST_P(LipPortsLimits, WorkersShareTheRangeWithoutRestOrOverlap) {
  const auto [limits, workers] = GetParam();
  std::set<unsigned> all;
  for (unsigned w = 0; w < workers; ++w) {
    const WorkerId worker{static_cast<std::uint8_t>(w)};
    LipPorts ports(worker, workers, 4);
    for (const unsigned port : take_all(ports, pair(), limits.low, limits.high)) {
      EXPECT_TRUE(all.insert(port).second) << "port " << port << " given twice";
      EXPECT_EQ(lip_port_owner(L4Port{static_cast<std::uint16_t>(port)}, workers), worker);
    }
  }
  ASSERT_EQ(all.size(), limits.high - limits.low + 1);
  EXPECT_EQ(*all.begin(), limits.low);
  EXPECT_EQ(*all.rbegin(), limits.high);
}

INSTANTIATE_TEST_SUITE_P(All, LipPortsLimits,
                         testing::Combine(testing::Values(Limits{10240, 65535}, Limits{0, 65535},
                                                          Limits{1025, 1025}, Limits{1, 63}, Limits{63, 64},
                                                          Limits{65535, 65535}, Limits{1000, 3333},
                                                          Limits{64, 127}, Limits{65, 191}),
                                          testing::Values(1U, 2U, 3U, 7U, 64U)));

TEST(LipPorts, PortsComeInAscendingOrderAndAFreedOneRestsLongest) {
  LipPorts ports(WorkerId{0}, 1, 4);
  constexpr L4Port kLow{1000};
  constexpr L4Port kHigh{1199};
  std::vector<LipPorts::Allocation> held;
  for (unsigned i = 0; i < 150; ++i) {
    const auto got = ports.take_port(pair(), kLow, kHigh);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->port.value, 1000 + i);
    held.push_back(*got);
  }
  ports.free_port(held[7].pool, held[7].port);
  ports.free_port(held[149].pool, held[149].port);
  for (unsigned i = 150; i < 200; ++i) EXPECT_EQ(ports.take_port(pair(), kLow, kHigh)->port.value, 1000 + i);
  EXPECT_EQ(ports.take_port(pair(), kLow, kHigh)->port.value, 1007);
  EXPECT_EQ(ports.take_port(pair(), kLow, kHigh)->port.value, 1149);
  EXPECT_FALSE(ports.take_port(pair(), kLow, kHigh));
}

TEST(LipPorts, APortComesAgainOnlyAfterAllOthersHadTheirTurn) {
  for (const unsigned workers : {1U, 3U}) {
    LipPorts ports(WorkerId{0}, workers, 4);
    std::mt19937 rng(workers);
    const std::size_t own = take_all(ports, pair(9), 1000, 1999).size();
    std::map<unsigned, unsigned> taken_at;  // port: number of allocations before
    std::vector<LipPorts::Allocation> held;
    for (unsigned allocations = 0; allocations < 100'000; ++allocations) {
      const auto got = ports.take_port(pair(), L4Port{1000}, L4Port{1999});
      ASSERT_TRUE(got);
      const auto last = taken_at.find(got->port.value);
      if (last != taken_at.end()) {
        ASSERT_GE(allocations - last->second, own - 50) << "port " << got->port.value;
      }
      taken_at[got->port.value] = allocations;
      held.push_back(*got);
      while (held.size() > 50) {
        const std::size_t i = rng() % held.size();
        ports.free_port(held[i].pool, held[i].port);
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
}

TEST(LipPorts, ExhaustionIsRefusedUntilAPortIsFree) {
  LipPorts ports(WorkerId{1}, 2, 4);
  const auto taken = take_all(ports, pair(), 10240, 65535);
  EXPECT_EQ(taken.size(), (65536U - 10240) / 2);
  EXPECT_FALSE(ports.take_port(pair(), L4Port{10240}, L4Port{65535}));
  ports.free_port(0, L4Port{static_cast<std::uint16_t>(taken[100])});
  const auto got = ports.take_port(pair(), L4Port{10240}, L4Port{65535});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->port.value, taken[100]);
  EXPECT_FALSE(ports.take_port(pair(), L4Port{10240}, L4Port{65535}));
}

TEST(LipPorts, ARangeWithoutABlockOfTheWorkerGivesNothing) {
  LipPorts ports(WorkerId{3}, 4, 4);
  EXPECT_FALSE(ports.take_port(pair(), L4Port{0}, L4Port{191}));    // blocks 0 to 2
  EXPECT_FALSE(ports.take_port(pair(), L4Port{256}, L4Port{447}));  // blocks 4 to 6
  EXPECT_EQ(ports.take_port(pair(), L4Port{100}, L4Port{200})->port.value, 192);
}

TEST(LipPorts, APairIsLipDestPortAndProtocol) {
  LipPorts ports(WorkerId{0}, 1, 16);
  const auto first = ports.take_port(pair(), L4Port{2000}, L4Port{2100});
  for (const auto& other : {pair(2), pair(1, "10.20.0.11"), pair(1, "10.20.0.10", 17)}) {
    EXPECT_EQ(ports.take_port(other, L4Port{2000}, L4Port{2100})->port, first->port);
  }
  auto other_port = pair();
  other_port.dest_port = L4Port{81};
  EXPECT_EQ(ports.take_port(other_port, L4Port{2000}, L4Port{2100})->port, first->port);
  EXPECT_EQ(ports.pairs(), 5U);
  EXPECT_EQ(ports.take_port(pair(), L4Port{2000}, L4Port{2100})->port.value, first->port.value + 1);
  EXPECT_EQ(ports.pairs(), 5U);
}

TEST(LipPorts, ManyPairsAndNotOneMoreThanTheMaximum) {
  constexpr unsigned kPairs = 5000;
  LipPorts ports(WorkerId{0}, 1, kPairs);
  std::vector<std::uint32_t> pools;
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned d = 0; d < kPairs; ++d) {
      const auto got = ports.take_port(pair(d), L4Port{10240}, L4Port{65535});
      ASSERT_TRUE(got);
      EXPECT_EQ(got->port.value, 10240 + round);
      if (round == 0) pools.push_back(got->pool);
      EXPECT_EQ(got->pool, pools[d]);
    }
  }
  EXPECT_EQ(ports.pairs(), kPairs);
  EXPECT_FALSE(ports.take_port(pair(kPairs), L4Port{10240}, L4Port{65535}));
  EXPECT_TRUE(ports.take_port(pair(0), L4Port{10240}, L4Port{65535}));
}

TEST(LipPorts, APairCostsItsShareOf8KiB) {
  EXPECT_EQ(LipPorts(WorkerId{0}, 1, 1).bytes_per_pair(), 8192U);
  EXPECT_EQ(LipPorts(WorkerId{3}, 4, 1).bytes_per_pair(), 2048U);
}

TEST(LipPorts, RandomUseNeverGivesAPortTwice) {
  LipPorts ports(WorkerId{1}, 3, 8);
  std::mt19937 rng(5);
  std::vector<std::set<unsigned>> held(4);
  std::vector<std::uint32_t> pools(4);
  for (unsigned i = 0; i < 1'000'000; ++i) {
    const auto p = static_cast<unsigned>(rng() % 4);
    if (rng() % 100 < 52) {
      const auto got = ports.take_port(pair(p), L4Port{1111}, L4Port{2222});
      if (!got) {
        ASSERT_GE(held[p].size(), 300U);
        continue;
      }
      pools[p] = got->pool;
      ASSERT_TRUE(held[p].insert(got->port.value).second);
    } else if (!held[p].empty()) {
      auto it = held[p].lower_bound(static_cast<unsigned>(rng() % 2222));
      if (it == held[p].end()) it = held[p].begin();
      ports.free_port(pools[p], L4Port{static_cast<std::uint16_t>(*it)});
      held[p].erase(it);
    }
  }
}

}  // namespace
}  // namespace hvs
