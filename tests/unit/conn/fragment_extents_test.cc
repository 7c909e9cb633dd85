// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/fragment_extents.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace hvs {
namespace {

using Verdict = FragmentExtents::Verdict;

constexpr FragmentSpan kFirst{0, 400, false};
constexpr FragmentSpan kSecond{400, 800, false};
constexpr FragmentSpan kLast{800, 1000, true};

FragmentExtents after(std::initializer_list<FragmentSpan> spans) {
  FragmentExtents extents;
  EXPECT_EQ(extents.begin(kFirst), Verdict::goes_on);
  for (const FragmentSpan& span : spans) EXPECT_EQ(extents.add(span), Verdict::goes_on);
  return extents;
}

TEST(FragmentExtents, EveryOrderGoesOn) {
  (void)after({kSecond, kLast});
  (void)after({kLast, kSecond});
}

TEST(FragmentExtents, WhatOverlapsIsRefusedAndAllThatFollows) {
  for (const FragmentSpan bad :
       {FragmentSpan{392, 800, false}, FragmentSpan{8, 1000, true}, FragmentSpan{0, 800, false}}) {
    FragmentExtents extents = after({});
    EXPECT_EQ(extents.add(bad), Verdict::overlaps) << bad.begin;
    EXPECT_EQ(extents.add(kSecond), Verdict::overlaps);
    EXPECT_EQ(extents.add(kLast), Verdict::overlaps);
  }
}

TEST(FragmentExtents, ARepeatedOneIsRefusedAlone) {
  FragmentExtents extents = after({kSecond});
  EXPECT_EQ(extents.add(kSecond), Verdict::repeats);
  EXPECT_EQ(extents.add({16, 24, false}), Verdict::repeats);
  EXPECT_EQ(extents.add(kLast), Verdict::goes_on);
}

TEST(FragmentExtents, NothingIsBeyondTheLastOne) {
  FragmentExtents extents = after({kLast});
  EXPECT_EQ(extents.add({1000, 1008, false}), Verdict::overlaps);
  extents = after({kLast});
  EXPECT_EQ(extents.add({1200, 1300, true}), Verdict::overlaps);
  extents = after({{1600, 2000, false}});
  EXPECT_EQ(extents.add(kLast), Verdict::overlaps) << "the packet was longer";
  extents = after({});
  EXPECT_EQ(extents.add({65528, 65536, true}), Verdict::overlaps) << "no packet is so long";
}

TEST(FragmentExtents, WhatComesAfterACompletePacketIsAnotherOnes) {
  FragmentExtents extents = after({kSecond, kLast});
  EXPECT_EQ(extents.add({392, 800, false}), Verdict::goes_on);
  EXPECT_EQ(extents.begin({0, 96, false}), Verdict::goes_on);
  EXPECT_EQ(extents.add({96, 104, true}), Verdict::goes_on);
}

TEST(FragmentExtents, AFirstOneOfTheSameLengthBeginsAnew) {
  FragmentExtents extents = after({kSecond});
  EXPECT_EQ(extents.begin(kFirst), Verdict::goes_on);
  EXPECT_EQ(extents.add(kSecond), Verdict::goes_on);
  EXPECT_EQ(extents.begin({0, 408, false}), Verdict::overlaps);
  EXPECT_EQ(extents.add(kLast), Verdict::overlaps);
  EXPECT_EQ(extents.begin({0, 408, false}), Verdict::goes_on) << "what was refused is over";
}

TEST(FragmentExtents, RangesThatDoNotSufficeLoseNothing) {
  FragmentExtents extents = after({});
  for (std::uint32_t n = 1; n < 40; n += 2)
    EXPECT_EQ(extents.add({400 * n + 400, 400 * n + 800, false}), Verdict::goes_on);
  for (std::uint32_t n = 2; n < 10; n += 2)
    EXPECT_EQ(extents.add({400 * n + 400, 400 * n + 800, false}), Verdict::goes_on);
}

/// Against a map of bytes: whatever comes, no byte goes on twice before the packet is complete.
TEST(FragmentExtents, NoByteGoesOnTwice) {
  std::mt19937 random(20);
  for (unsigned round = 0; round < 2000; ++round) {
    FragmentExtents extents;
    std::vector<bool> seen(64);
    const auto mark = [&](const FragmentSpan& span) {
      for (std::uint32_t at = span.begin; at < span.end; at += 8) {
        ASSERT_FALSE(seen.at(at / 8)) << "round " << round;
        seen[at / 8] = true;
      }
    };
    ASSERT_EQ(extents.begin({0, 64, false}), Verdict::goes_on);
    mark({0, 64, false});
    for (unsigned n = 0; n < 6; ++n) {  // fewer than ranges; none is the last one
      const std::uint32_t begin = 8 * (1 + random() % 55);
      const FragmentSpan span{begin, begin + 8 * (1 + static_cast<std::uint32_t>(random() % 8)), false};
      if (extents.add(span) == Verdict::goes_on) mark(span);
    }
  }
}

}  // namespace
}  // namespace hvs
