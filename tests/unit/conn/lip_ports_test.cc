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
      EXPECT_EQ(lip_block_owner(L4Port{static_cast<std::uint16_t>(port)}, workers), worker);
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

TEST(LipPorts, ExhaustionIsOfOneRangeAndOfOnePair) {
  LipPorts ports(WorkerId{0}, 1, 4);
  const auto taken = take_all(ports, pair(), 1000, 1009);
  ASSERT_EQ(taken.size(), 10U);
  const auto wider = ports.take_port(pair(), L4Port{1000}, L4Port{1010});  // after a reload
  ASSERT_TRUE(wider);
  EXPECT_EQ(wider->port.value, 1010);
  EXPECT_FALSE(ports.take_port(pair(), L4Port{1000}, L4Port{1010}));
  EXPECT_FALSE(ports.take_port(pair(), L4Port{1000}, L4Port{1009}));
  EXPECT_TRUE(ports.take_port(pair(2), L4Port{1000}, L4Port{1009}));
  ports.free_port(wider->pool, L4Port{1003});
  EXPECT_EQ(ports.take_port(pair(), L4Port{1000}, L4Port{1009})->port.value, 1003);
}

TEST(LipPorts, RangesThatTakeFromOnePairInTurnKeepToTheirPorts) {
  // As two services with the same dest and LIP do. Each goes on where the other left off.
  struct Range {
    unsigned low, high;
  };
  for (const unsigned workers : {1U, 3U}) {
    LipPorts ports(WorkerId{0}, workers, 4);
    std::mt19937 rng(7);
    std::map<unsigned, std::uint32_t> held;  // port, pool
    for (unsigned i = 0; i < 200'000; ++i) {
      const Range range =
          std::vector<Range>{{1030, 1050}, {1040, 1500}, {30000, 30100}, {1111, 60000}}[rng() % 4];
      if (rng() % 100 < 55) {
        const auto got = ports.take_port(pair(), L4Port{static_cast<std::uint16_t>(range.low)},
                                         L4Port{static_cast<std::uint16_t>(range.high)});
        if (!got) continue;
        ASSERT_GE(got->port.value, range.low);
        ASSERT_LE(got->port.value, range.high);
        ASSERT_EQ(got->port.value / 64 % workers, 0U);
        ASSERT_TRUE(held.emplace(got->port.value, got->pool).second);
      } else if (!held.empty()) {
        auto it = held.lower_bound(static_cast<unsigned>(rng() % 60000));
        if (it == held.end()) it = held.begin();
        ports.free_port(it->second, L4Port{static_cast<std::uint16_t>(it->first)});
        held.erase(it);
      }
    }
    for (const auto& [port, pool] : held) ports.free_port(pool, L4Port{static_cast<std::uint16_t>(port)});
    EXPECT_EQ(take_all(ports, pair(), 1030, 1050).size(), workers == 1 ? 21U : 0U);
    EXPECT_EQ(take_all(ports, pair(), 30000, 30100).size(), workers == 1 ? 101U : 16U);
  }
}

TEST(LipPorts, APairWithoutPortsInUseGivesItsPlaceToAnother) {
  LipPorts ports(WorkerId{0}, 1, 2);
  constexpr L4Port kOnly{1000};
  const auto first = ports.take_port(pair(1), kOnly, kOnly);
  const auto second = ports.take_port(pair(2), kOnly, kOnly);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(ports.take_port(pair(3), kOnly, kOnly)) << "both places are in use";
  EXPECT_FALSE(ports.take_port(pair(1), kOnly, kOnly));  // exhausted, which the next pair must not inherit
  ports.free_port(first->pool, kOnly);
  EXPECT_TRUE(ports.take_port(pair(1), kOnly, kOnly)) << "nothing has taken its place yet";
  ports.free_port(first->pool, kOnly);
  const auto third = ports.take_port(pair(3), kOnly, kOnly);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->pool, first->pool);
  EXPECT_EQ(ports.pairs(), 2U);
  EXPECT_FALSE(ports.take_port(pair(1), kOnly, kOnly)) << "its place is gone";
  EXPECT_FALSE(ports.take_port(pair(2), kOnly, kOnly)) << "the port is in use";
  ports.free_port(second->pool, kOnly);
  EXPECT_EQ(ports.take_port(pair(2), kOnly, kOnly)->pool, second->pool);
}

/// Compared with a map while pairs come and go: many more than there are places.
TEST(LipPorts, RecyclingKeepsPairsApart) {
  struct Held {
    std::uint32_t pool = 0;
    std::set<unsigned> ports;
  };
  struct Trial {
    std::uint32_t places;  // all of them are looked at for a new pair
    unsigned pairs;
    unsigned in_use;  // ports, about
  };
  constexpr unsigned kPorts = 8;
  unsigned no_place = 0;
  unsigned no_port = 0;
  for (const Trial& trial : {Trial{63, 400, 70}, Trial{63, 400, 150}, Trial{31, 2000, 20}, Trial{1, 5, 3}}) {
    SCOPED_TRACE(trial.in_use);
    LipPorts ports(WorkerId{0}, 1, trial.places);
    std::mt19937 rng(trial.in_use);
    std::map<unsigned, Held> model;  // pairs with ports in use
    std::vector<std::pair<unsigned, unsigned>> all;
    for (unsigned i = 0; i < 300'000; ++i) {
      if (rng() % (2 * trial.in_use) >= all.size()) {
        // Some pairs are much liked.
        const auto p = static_cast<unsigned>(rng() % 4 == 0 ? rng() % 3 : rng() % trial.pairs);
        const auto got = ports.take_port(pair(p), L4Port{2000}, L4Port{2000 + kPorts - 1});
        const auto known = model.find(p);
        if (known == model.end() && model.size() == trial.places) {
          ASSERT_FALSE(got);
          ++no_place;
          continue;
        }
        if (known != model.end() && known->second.ports.size() == kPorts) {
          ASSERT_FALSE(got);
          ++no_port;
          continue;
        }
        ASSERT_TRUE(got) << i;
        ASSERT_LT(got->pool, trial.places);
        if (known != model.end()) {
          ASSERT_EQ(got->pool, known->second.pool) << i;
        } else {
          for (const auto& [other, held] : model) ASSERT_NE(held.pool, got->pool) << other;
        }
        Held& held = model[p];
        held.pool = got->pool;
        ASSERT_TRUE(held.ports.insert(got->port.value).second) << i;
        all.emplace_back(p, got->port.value);
      } else if (!all.empty()) {
        std::swap(all[rng() % all.size()], all.back());
        const auto [p, port] = all.back();
        all.pop_back();
        Held& held = model.at(p);
        ports.free_port(held.pool, L4Port{static_cast<std::uint16_t>(port)});
        held.ports.erase(port);
        if (held.ports.empty()) model.erase(p);
      }
    }
  }
  EXPECT_GT(no_port, 1000U);
  EXPECT_GT(no_place, 1000U);
}

TEST(LipPorts, ManyMorePairsThanPlacesInTurn) {
  constexpr unsigned kPlaces = 3000;
  LipPorts ports(WorkerId{0}, 1, kPlaces);
  std::vector<std::pair<std::uint32_t, L4Port>> held(kPlaces);
  for (unsigned d = 0; d < 10 * kPlaces; ++d) {
    auto& [pool, port] = held[d % kPlaces];
    if (d >= kPlaces) ports.free_port(pool, port);
    const auto got = ports.take_port(pair(d), L4Port{1024}, L4Port{65535});
    ASSERT_TRUE(got) << d;
    if (d >= kPlaces) {
      EXPECT_NE(got->port, port) << "a place goes on counting, whomever it is given to";
    }
    pool = got->pool;
    port = got->port;
  }
  EXPECT_EQ(ports.pairs(), kPlaces);
}

}  // namespace
}  // namespace hvs
