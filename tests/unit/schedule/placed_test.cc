// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "tests/unit/schedule/lab.h"

// Schedulers that place by a hash. Their tables are tested in tests/unit/compile/placement_test.cc.
namespace hvs {
namespace {

using test::count_of;
using test::Lab;
using enum SchedulerKind;

constexpr std::uint32_t kClients = 20000;

TEST(PlacingSchedulers, PlaceTheSameClientOnTheSameDestOnEveryWorker) {
  for (const SchedulerKind kind : {sh, mh, conhash}) {
    Lab one(kind, {3, 2, 1});
    Lab other(kind, {3, 2, 1});
    EXPECT_EQ(one.picks_of_clients(500), other.picks_of_clients(500)) << name_of(kind);
    one.open('A', true, 100);
    EXPECT_EQ(one.picks_of_clients(500), other.picks_of_clients(500)) << "loads count for nothing";
  }
}

TEST(PlacingSchedulers, GiveSharesByWeight) {
  for (const SchedulerKind kind : {sh, mh, conhash}) {
    const std::string taken = Lab(kind, {3, 0, 2, 1}).picks_of_clients(kClients);
    const double tolerance = kind == conhash ? 0.2 : 0.05;                         // 160 points a share: 8 %
    const auto placed = static_cast<double>(taken.size() - count_of(taken, '-'));  // sh refuses B's clients
    EXPECT_NEAR(static_cast<double>(count_of(taken, 'A')), placed * 3 / 6, placed * tolerance / 2);
    EXPECT_NEAR(static_cast<double>(count_of(taken, 'C')), placed * 2 / 6, placed * tolerance / 3);
    EXPECT_NEAR(static_cast<double>(count_of(taken, 'D')), placed * 1 / 6, placed * tolerance / 6);
    EXPECT_EQ(count_of(taken, 'B'), 0U) << name_of(kind);
  }
}

TEST(PlacingSchedulers, OfOneClientThePortCountsOnlyWithTheFlag) {
  for (const SchedulerKind kind : {sh, mh, conhash}) {
    Lab lab(kind, {1, 1, 1, 1});
    std::string plain;
    std::string with_port;
    for (std::uint16_t port = 1; port <= 100; ++port) {
      lab.flow.client_port = L4Port{port};
      lab.service.scheduler_flags.port = false;
      plain += lab.pick();
      lab.service.scheduler_flags.port = true;
      with_port += lab.pick();
    }
    EXPECT_EQ(plain, std::string(100, plain[0])) << name_of(kind);
    for (const char dest : {'A', 'B', 'C', 'D'}) EXPECT_GT(count_of(with_port, dest), 5U) << name_of(kind);
  }
}

/// Without the flag fallback, clients of a full dest have none; with it they spread over all others, and
/// nobody else moves.
TEST(PlacingSchedulers, FallBackOnlyWhenTheyAreTold) {
  for (const SchedulerKind kind : {sh, mh}) {
    Lab lab(kind, {1, 1, 1, 1});
    const std::string before = lab.picks_of_clients(2000);
    lab.limit('B', 1);
    lab.open('B');
    const std::string refused = lab.picks_of_clients(2000);
    lab.service.scheduler_flags.fallback = true;
    const std::string moved = lab.picks_of_clients(2000);
    std::string where;
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(refused[i], before[i] == 'B' ? '-' : before[i]);
      if (before[i] == 'B') {
        where += moved[i];
      } else {
        EXPECT_EQ(moved[i], before[i]);
      }
    }
    EXPECT_EQ(count_of(where, 'B') + count_of(where, '-'), 0U) << name_of(kind);
    for (const char dest : {'A', 'C', 'D'})
      EXPECT_GT(count_of(where, dest), where.size() / 5) << name_of(kind);
  }
}

TEST(PlacingSchedulers, AFallbackFindsTheOnlyOneLeft) {
  std::vector<unsigned> weights(26, 1);
  for (const SchedulerKind kind : {sh, mh, conhash}) {
    Lab lab(kind, weights);
    lab.service.scheduler_flags.fallback = true;
    for (char dest = 'A'; dest <= 'Z'; ++dest) {
      if (dest == 'Q') continue;
      lab.limit(dest, 1);
      lab.open(dest);
    }
    EXPECT_EQ(lab.picks_of_clients(50), std::string(50, 'Q')) << name_of(kind);
  }
}

TEST(SourceHashing, AClientWhoseDestDrainsIsRefusedOrMoves) {
  Lab lab(sh, {1, 1});
  const std::string before = lab.picks_of_clients(200);
  lab.set_weights({0, 1});
  const std::string drained = lab.picks_of_clients(200);
  lab.service.scheduler_flags.fallback = true;
  const std::string moved = lab.picks_of_clients(200);
  EXPECT_GT(count_of(before, 'A'), 50U);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(drained[i], before[i] == 'A' ? '-' : 'B');
    EXPECT_EQ(moved[i], 'B');
  }
}

TEST(ConsistentHashing, ClientsOfAFullDestGoToTheNextOnTheRing) {
  Lab lab(conhash, {1, 1, 1, 1});
  const std::string before = lab.picks_of_clients(1000);
  lab.limit('B', 1);
  lab.open('B');
  const std::string after = lab.picks_of_clients(1000);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 'B') {
      EXPECT_NE(after[i], 'B');
      EXPECT_NE(after[i], '-');
    } else {
      EXPECT_EQ(after[i], before[i]);
    }
  }
}

TEST(DestinationHashing, DependsOnTheDestinationAlone) {
  Lab lab(dh, {1, 9, 1, 1});
  std::string of_vips;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    lab.flow.vip = IpAddr::v4(Be32{0x0a0a0000U + i});
    const std::string picks = lab.picks_of_clients(3);
    EXPECT_EQ(picks, std::string(3, picks[0]));
    of_vips += picks[0];
  }
  for (const char dest : {'A', 'B', 'C', 'D'}) {
    EXPECT_NEAR(static_cast<double>(count_of(of_vips, dest)), 500, 100) << "whatever the weight";
  }
}

TEST(DestinationHashing, WithoutItsDestADestinationHasNone) {
  Lab lab(dh, {1, 1, 1});
  const char dest = lab.pick();
  lab.limit(dest, 2);
  EXPECT_EQ(lab.opens(3), std::string(2, dest) + "-");
  lab.at(dest).limits = {};
  EXPECT_EQ(lab.pick(), dest);
  std::vector<unsigned> weights{1, 1, 1};
  weights[static_cast<std::size_t>(dest - 'A')] = 0;
  lab.set_weights(weights);
  EXPECT_EQ(lab.pick(), '-');
}

TEST(PlacingSchedulers, BothFamiliesArePlaced) {
  for (const SchedulerKind kind : {sh, mh, conhash}) {
    Lab lab(kind, {1, 1, 1});
    std::string taken;
    for (std::uint8_t i = 0; i < 100; ++i) {
      Ipv6Bytes bytes{0x20, 0x01, 0x0d, 0xb8};
      bytes[15] = i;
      lab.flow.client = IpAddr::v6(bytes);
      taken += lab.pick();
    }
    for (const char dest : {'A', 'B', 'C'}) EXPECT_GT(count_of(taken, dest), 10U) << name_of(kind);
  }
}

}  // namespace
}  // namespace hvs
