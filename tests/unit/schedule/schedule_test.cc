// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include "dataplane/schedule/scheduler.h"

namespace hvs {
namespace {

/// A service whose dests are A, B, C ... with these weights.
Service service_of(SchedulerKind scheduler, const std::vector<unsigned>& weights,
                   std::uint64_t incarnation = 1) {
  Service s;
  s.scheduler = scheduler;
  s.incarnation = incarnation;
  for (const unsigned weight : weights) {
    const auto slot = static_cast<std::uint32_t>(s.dests.size());
    s.dests.push_back({DestSlot{slot}, {}, L4Port{80}, static_cast<std::uint16_t>(weight)});
    s.weight_max = std::max(s.weight_max, weight);
    s.weight_gcd = std::gcd(s.weight_gcd, weight);
  }
  return s;
}

std::string picks(const Service& service, SchedulerState& state, unsigned count) {
  std::string out;
  for (unsigned i = 0; i < count; ++i) {
    const Dest* dest = schedule(service, state);
    out += dest == nullptr ? '-' : static_cast<char>('A' + dest->slot.value);
  }
  return out;
}
std::string fresh_picks(SchedulerKind scheduler, const std::vector<unsigned>& weights, unsigned count) {
  SchedulerState state;
  return picks(service_of(scheduler, weights), state, count);
}

constexpr SchedulerKind kRr = SchedulerKind::rr;
constexpr SchedulerKind kWrr = SchedulerKind::wrr;

TEST(RoundRobin, TakesDestsInTurnWhateverTheirWeight) {
  EXPECT_EQ(fresh_picks(kRr, {1, 1, 1}, 7), "ABCABCA");
  EXPECT_EQ(fresh_picks(kRr, {5, 1, 900}, 7), "ABCABCA");
  EXPECT_EQ(fresh_picks(kRr, {1}, 3), "AAA");
}

TEST(RoundRobin, LeavesOutDestsThatDrain) {
  EXPECT_EQ(fresh_picks(kRr, {1, 0, 1}, 6), "ACACAC");
  EXPECT_EQ(fresh_picks(kRr, {0, 0, 1}, 3), "CCC");
  EXPECT_EQ(fresh_picks(kRr, {1, 0, 0}, 3), "AAA");
}

TEST(RoundRobin, GoesOnWhereItStoodAfterAReload) {
  SchedulerState state;
  EXPECT_EQ(picks(service_of(kRr, {1, 1, 1, 1}), state, 3), "ABC");
  EXPECT_EQ(picks(service_of(kRr, {1, 1, 1, 1, 1}), state, 4), "DEAB");
  EXPECT_EQ(picks(service_of(kRr, {1, 1}), state, 3), "ABA");
}

TEST(WeightedRoundRobin, GivesTheSequenceOfTheLvsDocumentation) {
  EXPECT_EQ(fresh_picks(kWrr, {4, 3, 2}, 9), "AABABCABC");
  EXPECT_EQ(fresh_picks(kWrr, {4, 3, 2}, 18), "AABABCABCAABABCABC");
}

TEST(WeightedRoundRobin, DividesByTheCommonDivisor) {
  EXPECT_EQ(fresh_picks(kWrr, {400, 300, 200}, 9), "AABABCABC");
  EXPECT_EQ(fresh_picks(kWrr, {7, 7, 7}, 6), "ABCABC");
  EXPECT_EQ(fresh_picks(kWrr, {65535, 65535}, 4), "ABAB");
}

TEST(WeightedRoundRobin, LeavesOutDestsThatDrain) {
  EXPECT_EQ(fresh_picks(kWrr, {0, 2, 0, 1}, 6), "BBDBBD");
  EXPECT_EQ(fresh_picks(kWrr, {0, 0, 5}, 3), "CCC");
}

TEST(Schedulers, PickNobodyWhenNobodyTakesConnections) {
  for (const SchedulerKind kind : {kRr, kWrr}) {
    EXPECT_EQ(fresh_picks(kind, {0, 0}, 3), "---");
    EXPECT_EQ(fresh_picks(kind, {}, 3), "---");
  }
}

TEST(Schedulers, AServiceThatTookTheSlotStartsAnew) {
  for (const SchedulerKind kind : {kRr, kWrr}) {
    SchedulerState state;
    EXPECT_EQ(picks(service_of(kind, {1, 1, 1}, 7), state, 2), "AB");
    EXPECT_EQ(picks(service_of(kind, {1, 1, 1}, 8), state, 2), "AB");
    EXPECT_EQ(picks(service_of(kind, {1, 1, 1}, 8), state, 2), "CA");
  }
}

TEST(WeightedRoundRobin, SharesAreExactOverEveryFullCycle) {
  std::mt19937 rng(11);
  for (unsigned round = 0; round < 300; ++round) {
    std::vector<unsigned> weights(1 + rng() % 12);
    const unsigned scale = static_cast<unsigned>(1 + rng() % 9);
    for (unsigned& w : weights) w = static_cast<unsigned>(rng() % 40) * scale;
    const Service service = service_of(kWrr, weights);
    if (service.weight_max == 0) continue;
    const unsigned cycle = std::accumulate(weights.begin(), weights.end(), 0U) / service.weight_gcd;
    SchedulerState state;
    for (unsigned c = 0; c < 3; ++c) {
      std::map<std::size_t, unsigned> taken;
      for (unsigned i = 0; i < cycle; ++i) ++taken[schedule(service, state)->slot.index()];
      for (std::size_t d = 0; d < weights.size(); ++d) {
        ASSERT_EQ(taken[d], weights[d] / service.weight_gcd) << "dest " << d << " in cycle " << c;
      }
    }
  }
}

TEST(Schedulers, SurviveAnyReload) {
  std::mt19937 rng(12);
  for (const SchedulerKind kind : {kRr, kWrr}) {
    SchedulerState state;
    for (unsigned round = 0; round < 5000; ++round) {
      std::vector<unsigned> weights(rng() % 9);
      for (unsigned& w : weights) w = rng() % 3 == 0 ? 0 : static_cast<unsigned>(rng() % 65536);
      const Service service = service_of(kind, weights);
      for (unsigned i = 0; i < 20; ++i) {
        const Dest* dest = schedule(service, state);
        ASSERT_EQ(dest == nullptr, service.weight_max == 0);
        if (dest != nullptr) {
          ASSERT_GT(dest->weight, 0);
        }
      }
    }
  }
}

TEST(WeightedRoundRobin, SharesAreExactAgainAfterAReload) {
  SchedulerState state;
  picks(service_of(kWrr, {900, 1, 30}), state, 100);
  const Service after = service_of(kWrr, {3, 2});
  picks(after, state, 5);  // what was left of the cycle
  std::map<char, unsigned> taken;
  for (const char c : picks(after, state, 50)) ++taken[c];
  EXPECT_EQ(taken['A'], 30U);
  EXPECT_EQ(taken['B'], 20U);
}

}  // namespace
}  // namespace hvs
