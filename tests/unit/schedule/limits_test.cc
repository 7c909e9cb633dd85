// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "tests/unit/schedule/lab.h"

// max_conn and min_conn.
namespace hvs {
namespace {

using test::Lab;
using enum SchedulerKind;

TEST(ConnLimits, ThreeQuartersWithoutAMinimum) {
  EXPECT_EQ(ConnLimits::of(100, 0).resume_below, 75U);
  EXPECT_EQ(ConnLimits::of(2, 0).resume_below, 2U) << "one times four is less than six";
  EXPECT_EQ(ConnLimits::of(1, 0).resume_below, 1U);
  EXPECT_EQ(ConnLimits::of(100, 10).resume_below, 10U);
}

class DestLoadRules : public testing::TestWithParam<LoadWriters> {
 protected:
  const DestLoads loads{GetParam()};
  DestLoad load = loads[DestSlot{7}];
};
INSTANTIATE_TEST_SUITE_P(Writers, DestLoadRules, testing::Values(LoadWriters::one, LoadWriters::several),
                         [](const auto& info) {
                           return std::string(info.param == LoadWriters::one ? "One" : "Several");
                         });

TEST_P(DestLoadRules, AFullOneTakesNoneUntilItIsBelowTheMinimum) {
  const ConnLimits limits = ConnLimits::of(4, 0);
  bool filled = false;
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_TRUE(load.takes(limits));
    EXPECT_TRUE(load.open(limits, false, filled));
    EXPECT_EQ(filled, i == 3);
  }
  EXPECT_FALSE(load.takes(limits));
  EXPECT_FALSE(load.open(limits, false, filled));
  load.close(false);
  EXPECT_FALSE(load.takes(limits)) << "3 * 4 is not less than 4 * 3";
  EXPECT_FALSE(load.open(limits, false, filled));
  load.close(false);
  EXPECT_TRUE(load.takes(limits));
  EXPECT_TRUE(load.open(limits, false, filled));
  EXPECT_TRUE(load.takes(limits)) << "not full any more, so up to four again";
  EXPECT_EQ(load.counts().total, 3U);
}

TEST_P(DestLoadRules, ALowerMaximumFillsItAtOnce) {
  bool filled = false;
  for (unsigned i = 0; i < 10; ++i) EXPECT_TRUE(load.open({}, false, filled));
  const ConnLimits limits = ConnLimits::of(8, 2);
  EXPECT_FALSE(load.takes(limits));
  for (unsigned i = 0; i < 8; ++i) {
    load.close(false);
    EXPECT_FALSE(load.takes(limits)) << load.counts().total;
  }
  load.close(false);
  EXPECT_TRUE(load.takes(limits));
}

TEST_P(DestLoadRules, AMaximumThatIsTakenAwayIsForgotten) {
  bool filled = false;
  const ConnLimits limits = ConnLimits::of(2, 1);
  EXPECT_TRUE(load.open(limits, false, filled));
  EXPECT_TRUE(load.open(limits, false, filled));
  EXPECT_TRUE(load.takes({}));
  EXPECT_TRUE(load.open({}, false, filled));
  EXPECT_TRUE(load.takes(ConnLimits::of(10, 1))) << "it is not full any more";
}

TEST(DestLoads, NeighboursAreOnDifferentLinesAndNobodySharesARow) {
  std::set<std::uint32_t> places;
  for (std::uint32_t slot = 0; slot < 2048; ++slot) places.insert(DestLoads::place_of(slot));
  EXPECT_EQ(places.size(), 2048U);
  EXPECT_EQ(*places.rbegin(), 2047U) << "packed";
  std::set<std::uint32_t> lines;
  for (std::uint32_t slot = 1000; slot < 1064; ++slot) lines.insert(DestLoads::place_of(slot) / 8);
  EXPECT_GT(lines.size(), 60U);
}

TEST(Schedulers, PassOverFullDests) {
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    Lab lab(kind, {5, 5, 5});
    lab.service.scheduler_flags.fallback = knows_fallback_flag(kind);
    lab.limit('A', 4);
    lab.open('A', true, 4);
    const std::string taken = lab.picks_of_clients(60);
    EXPECT_EQ(test::count_of(taken, 'A'), 0U) << name;
    if (kind != dh) {
      EXPECT_EQ(test::count_of(taken, '-'), 0U) << name;
    }
    for (const char dest : {'B', 'C'}) {
      lab.limit(dest, 1);
      lab.open(dest);
    }
    EXPECT_EQ(lab.picks_of_clients(20), std::string(20, '-')) << name;
    lab.close('A');
    EXPECT_EQ(test::count_of(lab.picks_of_clients(20), 'A'), 0U)
        << name << ": three of four are not below three quarters";
    lab.close('A');
    if (kind != dh) {
      EXPECT_EQ(lab.picks_of_clients(20), std::string(20, 'A')) << name;
    }
  }
}

TEST(WeightedRoundRobin, KeepsTheRatioOfThoseThatAreNotFull) {
  Lab lab(wrr, {65535, 3, 1});
  lab.limit('A', 5);
  EXPECT_EQ(lab.opens(5), "AAAAA");
  EXPECT_EQ(lab.opens(8), "BBBCBBBC") << "without 65532 rounds for nobody";
  lab.close('A', true, 5);
  EXPECT_EQ(lab.opens(1), "A");
}

TEST(RoundRobin, PassesOverFullDests) {
  Lab lab(rr, {1, 1, 1});
  lab.limit('B', 2);
  EXPECT_EQ(lab.opens(9), "ABCABCACA");
}

/// The sum over workers is exact: never more than max_conn at any time, and all of them are used.
TEST(DestLoad, WorkersInThreadsKeepTheMaximumExactly) {
  constexpr unsigned kThreads = 4;
  constexpr unsigned kRounds = 50'000;
  const DestLoads loads;
  DestLoad load = loads[DestSlot{7}];
  const ConnLimits limits = ConnLimits::of(5, 5);
  std::atomic<unsigned> now{0};
  std::atomic<unsigned> most{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      unsigned held = 0;
      const auto give_back = [&] {
        now.fetch_sub(1);
        load.close(false);
        --held;
      };
      for (unsigned i = 0; i < kRounds; ++i) {
        bool filled = false;
        if (load.takes(limits) && load.open(limits, false, filled)) {
          ++held;
          const unsigned here = now.fetch_add(1) + 1;
          unsigned before = most.load();
          while (before < here && !most.compare_exchange_weak(before, here)) {
          }
        }
        if (held == 3 || (held != 0 && i % 3 == t % 3)) give_back();
      }
      while (held != 0) give_back();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), 5U);
  EXPECT_EQ(load.counts().total, 0U);
  EXPECT_TRUE(load.takes(limits));
}

}  // namespace
}  // namespace hvs
