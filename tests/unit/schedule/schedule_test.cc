// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <random>
#include <string>

#include "tests/unit/schedule/lab.h"

namespace hvs {
namespace {

using test::Lab;

std::string fresh_picks(SchedulerKind scheduler, const std::vector<unsigned>& weights, unsigned count) {
  return Lab(scheduler, weights).picks(count);
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
  Lab lab(kRr, {1, 1, 1, 1});
  EXPECT_EQ(lab.picks(3), "ABC");
  lab.set_weights({1, 1, 1, 1, 1});
  EXPECT_EQ(lab.picks(4), "DEAB");
  lab.set_weights({1, 1});
  EXPECT_EQ(lab.picks(3), "ABA");
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
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    EXPECT_EQ(fresh_picks(kind, {0, 0}, 3), "---") << name;
    EXPECT_EQ(fresh_picks(kind, {}, 3), "---") << name;
  }
}

/// On a copy of the state, while none of the connections is open yet.
TEST(Schedulers, AreForeseenUnlessTheyCountConnections) {
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    Lab lab(kind, {3, 0, 2, 1});
    lab.picks(2);
    SchedulerState ahead = lab.state;
    std::string foreseen;
    for (unsigned i = 0; i < 12; ++i) {
      const Dest* dest = foresee(lab.service, ahead, {lab.flow, lab.shared(), lab.now_ms});
      foreseen += dest == nullptr ? '-' : static_cast<char>('A' + dest->slot.value);
    }
    using enum SchedulerKind;
    const bool known = kind == rr || kind == wrr || kind == dh || kind == sh || kind == mh || kind == conhash;
    EXPECT_EQ(foreseen, known ? lab.opens(12) : std::string(12, '-')) << name;
  }
}

TEST(Schedulers, AServiceThatTookTheSlotStartsAnew) {
  for (const SchedulerKind kind : {kRr, kWrr}) {
    Lab lab(kind, {1, 1, 1});
    EXPECT_EQ(lab.picks(2), "AB");
    lab.service.incarnation = 8;
    EXPECT_EQ(lab.picks(2), "AB");
    EXPECT_EQ(lab.picks(2), "CA");
  }
}

TEST(WeightedRoundRobin, SharesAreExactOverEveryFullCycle) {
  std::mt19937 rng(11);
  for (unsigned round = 0; round < 300; ++round) {
    std::vector<unsigned> weights(1 + rng() % 12);
    const unsigned scale = static_cast<unsigned>(1 + rng() % 9);
    for (unsigned& w : weights) w = static_cast<unsigned>(rng() % 40) * scale;
    Lab lab(kWrr, weights);
    if (lab.service.weight_max == 0) continue;
    const unsigned divisor = lab.service.weight_gcd;
    const unsigned cycle = std::accumulate(weights.begin(), weights.end(), 0U) / divisor;
    for (unsigned c = 0; c < 3; ++c) {
      const std::string taken = lab.picks(cycle);
      for (std::size_t d = 0; d < weights.size(); ++d) {
        ASSERT_EQ(test::count_of(taken, static_cast<char>('A' + d)), weights[d] / divisor)
            << "dest " << d << " in cycle " << c;
      }
    }
  }
}

TEST(Schedulers, SurviveAnyReload) {
  std::mt19937 rng(12);
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    Lab lab(kind, {});
    lab.service.scheduler_flags.fallback = knows_fallback_flag(kind);
    for (unsigned round = 0; round < 300; ++round) {
      std::vector<unsigned> weights(rng() % 9);
      const unsigned below = kind == SchedulerKind::conhash ? 20 : 65536;  // its ring grows with them
      for (unsigned& w : weights) w = rng() % 3 == 0 ? 0 : static_cast<unsigned>(rng() % below);
      lab.set_weights(weights);
      for (unsigned i = 0; i < 10; ++i) {
        lab.flow.client = IpAddr::v4(Be32{static_cast<std::uint32_t>(rng())});
        const char dest = lab.pick();
        // dh has no fallback, so its dest may be one that drains.
        ASSERT_TRUE((dest == '-') == (lab.service.weight_max == 0) || kind == SchedulerKind::dh) << name;
        if (dest != '-') {
          ASSERT_GT(lab.at(dest).weight, 0) << name;
        }
      }
    }
  }
}

TEST(Schedulers, GoOnWhenAReloadChangesTheScheduler) {
  Lab lab(kRr, {1, 1, 1});
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    lab.service.scheduler = kind;
    lab.set_weights({2, 2, 1});
    EXPECT_NE(lab.pick(), '-') << name;
  }
}

TEST(Schedulers, ShareTheLoadOverWorkers) {
  using enum SchedulerKind;
  for (const SchedulerKind kind : {rr, wrr, lc, wlc, sed}) {
    SharedTables shared;
    std::vector<std::unique_ptr<Lab>> workers;
    for (unsigned w = 0; w < 3; ++w)
      workers.push_back(std::make_unique<Lab>(kind, std::vector{2U, 1U}, &shared));
    std::string taken;
    for (unsigned i = 0; i < 300; ++i) taken += workers[i % 3]->opens(1);
    const bool by_weight = kind != rr && kind != lc;
    EXPECT_NEAR(static_cast<double>(test::count_of(taken, 'A')), by_weight ? 200 : 150, 3) << name_of(kind);
  }
}

TEST(WeightedRoundRobin, SharesAreExactAgainAfterAReload) {
  Lab lab(kWrr, {900, 1, 30});
  lab.picks(100);
  lab.set_weights({3, 2});
  lab.picks(5);  // what was left of the cycle
  const std::string taken = lab.picks(50);
  EXPECT_EQ(test::count_of(taken, 'A'), 30U);
  EXPECT_EQ(test::count_of(taken, 'B'), 20U);
}

}  // namespace
}  // namespace hvs
