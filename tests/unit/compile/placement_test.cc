// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace hvs {
namespace {

PlacedDest dest(std::uint32_t n, std::uint16_t weight = 1) {
  return {IpAddr::v4(Be32{0x0a140000U + n}), L4Port{80}, weight};
}

std::vector<PlacedDest> dests(std::uint32_t count, std::uint16_t weights = 1) {
  std::vector<PlacedDest> out;
  for (std::uint32_t i = 0; i < count; ++i)
    out.push_back(dest(i, static_cast<std::uint16_t>(1 + i % weights)));
  return out;
}

/// The largest deviation of a dest's entries from its share, as a part of it.
double worst_deviation(const std::vector<std::uint16_t>& table, const std::vector<PlacedDest>& of) {
  std::vector<double> entries(of.size());
  for (const std::uint16_t rank : table) ++entries[rank];
  double weights = 0;
  for (const PlacedDest& d : of) weights += d.weight;
  double worst = 0;
  for (std::size_t i = 0; i < of.size(); ++i) {
    const double share = static_cast<double>(table.size()) * of[i].weight / weights;
    worst = std::max(worst, std::abs(entries[i] / share - 1));
  }
  return worst;
}

/// Entries that belonged to a dest which is still there and belong to another one now, as a part of all.
double disruption(const std::vector<std::uint16_t>& before, const std::vector<std::uint16_t>& after,
                  std::uint16_t removed) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == removed) continue;
    const unsigned now = after[i] >= removed ? after[i] + 1U : after[i];
    if (now != before[i]) ++moved;
  }
  return static_cast<double>(moved) / static_cast<double>(before.size());
}

/// The definition in the paper's pseudocode, for equal dests: rounds of turns over explicit permutations.
TEST(MaglevTable, IsThatOfThePapersPseudocode) {
  constexpr std::uint32_t kSize = 251;
  const auto of = dests(7);
  std::vector<std::vector<std::uint32_t>> permutation(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) {
    const std::uint64_t offset = placement_hash(of[i].addr, of[i].port, 1) % kSize;
    const std::uint64_t skip = placement_hash(of[i].addr, of[i].port, 2) % (kSize - 1) + 1;
    for (std::uint64_t j = 0; j < kSize; ++j)
      permutation[i].push_back(static_cast<std::uint32_t>((offset + j * skip) % kSize));
  }
  std::vector<int> entry(kSize, -1);
  std::vector<std::size_t> next(of.size(), 0);
  for (std::uint32_t n = 0; n < kSize;) {
    for (std::size_t i = 0; i < of.size() && n < kSize; ++i, ++n) {
      std::uint32_t c = permutation[i][next[i]];
      while (entry[c] >= 0) c = permutation[i][++next[i]];
      entry[c] = static_cast<int>(i);
      ++next[i];
    }
  }
  const auto table = maglev_table(of, kSize);
  ASSERT_EQ(table.size(), kSize);
  for (std::uint32_t i = 0; i < kSize; ++i) ASSERT_EQ(table[i], entry[i]) << i;
}

TEST(MaglevTable, LoadsAreWithinOnePercentAtThePapersSizes) {
  for (const std::uint32_t size : {65537U, 655373U}) {
    const auto of = dests(1000);
    EXPECT_LT(worst_deviation(maglev_table(of, size), of), 0.01) << size;
  }
  const auto weighted = dests(1000, 5);
  EXPECT_LT(worst_deviation(maglev_table(weighted, 655373), weighted), 0.01);
}

TEST(MaglevTable, WeightsAreRespectedAndWeightZeroGetsNothing) {
  const std::vector<PlacedDest> of{dest(1, 100), dest(2, 0), dest(3, 300), dest(4, 1)};
  const auto table = maglev_table(of, 65537);
  const auto entries = [&](std::uint16_t rank) { return std::count(table.begin(), table.end(), rank); };
  EXPECT_EQ(entries(1), 0);
  EXPECT_NEAR(static_cast<double>(entries(0)), 65537 * 100 / 401., 2);
  EXPECT_NEAR(static_cast<double>(entries(2)), 65537 * 300 / 401., 2);
  EXPECT_NEAR(static_cast<double>(entries(3)), 65537 * 1 / 401., 2);
  EXPECT_TRUE(maglev_table({dest(1, 0)}, 251).empty());
  EXPECT_TRUE(maglev_table({}, 251).empty());
}

TEST(MaglevTable, OneDestHasAllAndTheHeaviestOfVeryUnequalOnesNearlyAll) {
  const auto one = maglev_table(dests(1), 251);
  EXPECT_EQ(std::count(one.begin(), one.end(), 0), 251);
  const auto unequal = maglev_table({dest(1, 1), dest(2, 65535)}, 65537);
  EXPECT_NEAR(static_cast<double>(std::count(unequal.begin(), unequal.end(), 0)), 1, 1);
}

/// The paper's figure 12: nearly all connections of the other dests stay, more of them with a larger table.
TEST(MaglevTable, RemovingADestMovesFewOthers) {
  for (const auto& [size, bound] : {std::pair{65537U, 0.05}, std::pair{655373U, 0.03}}) {
    auto of = dests(1000);
    const auto before = maglev_table(of, size);
    of.erase(of.begin() + 500);
    const double moved = disruption(before, maglev_table(of, size), 500);
    std::printf("mh, %u entries, one of 1000 dests removed: %.2f %% of entries change besides its own\n",
                size, 100 * moved);
    EXPECT_LT(moved, bound) << size;
    EXPECT_GT(moved, 0.) << "Maglev trades some for an even load";
  }
}

TEST(HashRing, RemovingADestMovesNobodyElse) {
  auto of = dests(100);
  const auto before = hash_ring(of);
  of.erase(of.begin() + 50);
  const auto after = hash_ring(of);
  std::vector<std::uint64_t> expected;
  for (const std::uint64_t point : before) {
    const std::uint64_t rank = point & 0xffff;
    if (rank != 50) expected.push_back(point - (rank > 50 ? 1 : 0));
  }
  EXPECT_EQ(after, expected);
}

TEST(HashRing, PointsFollowTheWeightsAndStayBounded) {
  const std::vector<PlacedDest> of{dest(1, 20), dest(2, 0), dest(3, 10)};
  std::map<std::uint64_t, unsigned> points;
  for (const std::uint64_t point : hash_ring(of)) ++points[point & 0xffff];
  EXPECT_EQ(points[0], 320U);
  EXPECT_EQ(points.contains(1), false);
  EXPECT_EQ(points[2], 160U);
  points.clear();
  for (const std::uint64_t point : hash_ring({dest(1, 65535), dest(2, 1)})) ++points[point & 0xffff];
  EXPECT_LE(points[0], kMaxRingPoints);
  EXPECT_EQ(points[1], 16U) << "1/65536 of them";
  EXPECT_TRUE(hash_ring({dest(1, 0)}).empty());
}

TEST(Buckets, FollowTheWeights) {
  const std::vector<PlacedDest> of{dest(1, 300), dest(2, 200), dest(3, 100)};
  EXPECT_EQ(weighted_buckets(of).size(), 256U);
  EXPECT_LT(worst_deviation(weighted_buckets(of), of), 0.02);
  const auto many = dests(1000, 3);
  EXPECT_LT(worst_deviation(weighted_buckets(many), many), 0.1);
  const auto equal = equal_buckets({dest(1, 9), dest(2, 0)});
  EXPECT_EQ(std::count(equal.begin(), equal.end(), 0), 128) << "dh knows no weights";
}

/// Every node makes the same table of the same dests, whatever the order in its file.
TEST(Placement, DoesNotDependOnTheOrderOfTheFile) {
  using enum SchedulerKind;
  std::mt19937 rng(5);
  for (const SchedulerKind kind : {dh, sh, mh, conhash}) {
    ServiceConfig service;
    service.scheduler = kind;
    service.mh_table_size = 4093;
    for (std::uint32_t i = 0; i < 50; ++i)
      service.dests.push_back({dest(i).addr, L4Port{80}, static_cast<std::uint16_t>(i % 4)});
    const Placement first = make_placement(placement_plan(service));
    EXPECT_EQ(first.table.empty(), kind == conhash);
    EXPECT_EQ(first.ring.empty(), kind != conhash);
    std::shuffle(service.dests.begin(), service.dests.end(), rng);
    const Placement second = make_placement(placement_plan(service));
    EXPECT_EQ(first.plan, second.plan) << name_of(kind);
    EXPECT_EQ(first.table, second.table) << name_of(kind);
    EXPECT_EQ(first.ring, second.ring) << name_of(kind);
    const auto ranks = placement_ranks(service.dests);
    for (std::size_t rank = 0; rank < ranks.size(); ++rank)
      ASSERT_EQ(service.dests[ranks[rank]].address, second.plan.dests[rank].addr);
  }
}

/// The values of a released table: nodes of different versions must agree, too.
TEST(Placement, TheHashNeverChanges) {
  const IpAddr v4 = *IpAddr::parse("192.0.2.1");
  const IpAddr v6 = *IpAddr::parse("2001:db8::1");
  EXPECT_EQ(placement_hash(v4, L4Port{}, 0), 0x41c166cdc4db2179ULL);
  EXPECT_EQ(placement_hash(v6, L4Port{443}, 7), 0xa511393aecf00817ULL);
}

}  // namespace
}  // namespace hvs
