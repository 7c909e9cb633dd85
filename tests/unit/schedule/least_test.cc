// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "tests/unit/schedule/lab.h"

// Schedulers that look at loads, by scripts of opened and closed connections.
namespace hvs {
namespace {

using test::Lab;
using enum SchedulerKind;

TEST(LeastConnection, TakesTheOneWithTheFewestWhateverItsWeight) {
  Lab lab(lc, {1, 9, 1});
  EXPECT_EQ(lab.opens(7), "ABCABCA");
  lab.close('B', true, 2);
  EXPECT_EQ(lab.opens(3), "BBB") << "up to the others, and of equal ones the first";
  lab.close('A', true, 3);
  EXPECT_EQ(lab.opens(4), "AAAC");
}

TEST(LeastConnection, AnActiveConnectionCountsAs256Others) {
  Lab lab(lc, {1, 1});
  lab.open('A', true);
  lab.open('B', false, 256);
  EXPECT_EQ(lab.pick(), 'A') << "256 and 256: the first";
  lab.open('A', false);
  EXPECT_EQ(lab.pick(), 'B');
  lab.open('B', false, 2);
  EXPECT_EQ(lab.pick(), 'A');
}

TEST(WeightedLeastConnection, FollowsTheWeights) {
  Lab lab(wlc, {3, 2, 1});
  EXPECT_EQ(lab.opens(6), "ABCABA") << "0/3 0/2 0/1, then 1/3, 1/2, and 2/3 before 2/2";
  EXPECT_EQ(test::count_of(lab.opens(594), 'A'), 297U);
  lab.close('B', true, 100);
  EXPECT_EQ(lab.opens(100), std::string(100, 'B')) << "what it lost";
  EXPECT_EQ(lab.opens(6), "ABCABA");
}

TEST(WeightedLeastConnection, ComparesWithoutRounding) {
  Lab lab(wlc, {65535, 65534});
  lab.open('A', true, 65535);
  lab.open('B', true, 65534);
  EXPECT_EQ(lab.pick(), 'A') << "equal";
  lab.open('A', false);
  EXPECT_EQ(lab.pick(), 'B') << "1 + 1/16776960 against 1";
}

TEST(WeightedLeastConnection, NeverPicksADrainingDest) {
  Lab lab(wlc, {0, 1});
  lab.open('B', true, 1000);
  EXPECT_EQ(lab.opens(3), "BBB");
}

TEST(ShortestExpectedDelay, GivesTheNextOneToWhoServesItSoonest) {
  // (0+1)/3 (1+1)/3 against 1/2 and 1/1: A, then B at 1/2, then A at 2/3; C not before the others are at 1.
  Lab lab(sed, {3, 2, 1});
  EXPECT_EQ(lab.opens(6), "ABAABC");
  EXPECT_EQ(lab.opens(6), "ABAABC");
}

TEST(ShortestExpectedDelay, LooksAtActiveConnectionsAlone) {
  Lab lab(sed, {1, 1});
  lab.open('A', false, 1000);
  EXPECT_EQ(lab.pick(), 'A');
}

TEST(NeverQueue, LeavesNobodyIdle) {
  Lab lab(nq, {3, 2, 1});
  EXPECT_EQ(lab.opens(3), "ABC");
  EXPECT_EQ(lab.opens(3), "AAB") << "from there as sed: 2/3, 3/3 before 2/2, then B";
  lab.close('C');
  EXPECT_EQ(lab.opens(1), "C");
  Lab reference(sed, {3, 2, 1});
  EXPECT_EQ(reference.opens(3), "ABA") << "which leaves C idle";
}

TEST(Failover, KeepsToTheHeaviestThatTakesConnections) {
  Lab lab(fo, {1, 5, 3});
  EXPECT_EQ(lab.opens(4), "BBBB");
  lab.at('B').weight = 0;
  EXPECT_EQ(lab.opens(2), "CC");
  lab.limit('C', 3);
  EXPECT_EQ(lab.opens(3), "CAA") << "C is full with three";
  lab.at('B').weight = 5;
  EXPECT_EQ(lab.opens(2), "BB");
}

TEST(Overflow, GoesToTheNextWhenActiveConnectionsExceedTheWeight) {
  Lab lab(ovf, {1, 3, 2});
  EXPECT_EQ(lab.opens(9), "BBBBCCCAA") << "one more than the weight exceeds it";
  EXPECT_EQ(lab.pick(), '-');
  lab.close('C');
  EXPECT_EQ(lab.opens(1), "C");
  EXPECT_EQ(lab.pick(), '-');
  lab.close('B');
  lab.close('C');
  EXPECT_EQ(lab.opens(2), "BC");
}

TEST(Overflow, LooksAtActiveConnectionsAlone) {
  Lab lab(ovf, {1, 3});
  lab.open('B', false, 100);
  EXPECT_EQ(lab.pick(), 'B');
}

TEST(LocalityLeastConnection, ADestinationStaysWithItsDest) {
  Lab lab(lblc, {10, 10, 10});
  EXPECT_EQ(lab.opens(8), "AAAAAAAA");
  lab.flow.vip = *IpAddr::parse("10.10.0.101");
  EXPECT_EQ(lab.opens(4), "BBBB") << "another destination, by wlc";
  lab.flow.vip = *IpAddr::parse("10.10.0.100");
  EXPECT_EQ(lab.opens(2), "AA");
}

TEST(LocalityLeastConnection, MovesOnWhenItsDestIsOverloadedAndAnotherHasRoom) {
  Lab lab(lblc, {4, 4});
  lab.open('B', true, 2);  // half of its weight: no room
  EXPECT_EQ(lab.opens(1), "A");
  lab.open('A', true, 4);
  EXPECT_EQ(lab.pick(), 'A') << "five are more than the weight, but nobody has room";
  lab.close('B');
  EXPECT_EQ(lab.opens(1), "B");
  lab.close('A', true, 5);
  EXPECT_EQ(lab.pick(), 'B') << "it has moved for good";
}

TEST(LocalityLeastConnection, MovesOnWhenItsDestTakesNone) {
  Lab lab(lblc, {4, 4});
  EXPECT_EQ(lab.opens(1), "A");
  lab.at('A').weight = 0;
  EXPECT_EQ(lab.opens(1), "B");
  lab.at('A').weight = 4;
  EXPECT_EQ(lab.opens(1), "B");
}

TEST(LocalityLeastConnection, ForgetsADestinationAfterADay) {
  Lab lab(lblc, {10, 10});
  EXPECT_EQ(lab.opens(1), "A");
  lab.now_ms += 24 * 3600 * 1000;
  EXPECT_EQ(lab.opens(1), "A");
  lab.now_ms += 24 * 3600 * 1000 + 1;
  EXPECT_EQ(lab.pick(), 'B') << "the least loaded";
}

TEST(LocalityLeastConnection, AllWorkersKnowTheDestOfADestination) {
  SharedTables shared;
  Lab one(lblc, {10, 10}, &shared);
  Lab other(lblc, {10, 10}, &shared);
  EXPECT_EQ(one.opens(1), "A");
  EXPECT_EQ(other.opens(2), "AA");
  other.service.slot = ServiceSlot{4};
  EXPECT_EQ(other.pick(), 'B') << "another service";
}

TEST(LocalityReplicated, TheSetGrowsWhileItsDestsAreOverloaded) {
  Lab lab(lblcr, {2, 2, 2});
  EXPECT_EQ(lab.opens(3), "AAA");
  EXPECT_EQ(lab.opens(1), "B") << "A exceeds its weight and others are idle";
  EXPECT_EQ(lab.opens(2), "BB") << "the least loaded of the set";
  EXPECT_EQ(lab.opens(1), "C");
  lab.close('A', true, 3);
  EXPECT_EQ(lab.opens(1), "A") << "still of the set";
}

TEST(LocalityReplicated, TheSetShrinksWhenItHasNotChangedForADay) {
  Lab lab(lblcr, {2, 2});
  EXPECT_EQ(lab.opens(4), "AAAB");
  const std::uint32_t day = 24 * 3600 * 1000;
  lab.now_ms += day / 2;
  EXPECT_EQ(lab.pick(), 'B');
  lab.now_ms += day / 2 + 1;
  EXPECT_EQ(lab.pick(), 'B') << "and A, the most loaded, leaves";
  lab.close('A', true, 3);
  EXPECT_EQ(lab.pick(), 'B') << "A would be the least loaded of the old set";
}

TEST(LocalityReplicated, LeavesOutMembersThatTakeNone) {
  Lab lab(lblcr, {2, 2, 2});
  EXPECT_EQ(lab.opens(4), "AAAB");
  lab.at('B').weight = 0;
  lab.close('A', true, 3);
  EXPECT_EQ(lab.pick(), 'A');
  lab.at('A').weight = 0;
  EXPECT_EQ(lab.pick(), 'C');
}

}  // namespace
}  // namespace hvs
