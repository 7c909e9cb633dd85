// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/heartbeat.h"

#include <gtest/gtest.h>

namespace hvs {
namespace {

using namespace std::chrono_literals;

constexpr Heartbeat::Time kStart{100s};

TEST(Heartbeat, LongWorkBeatsOnceAPeriod) {
  Heartbeat heartbeat(1s);
  heartbeat.turn(kStart);
  EXPECT_FALSE(heartbeat.due(kStart));
  EXPECT_FALSE(heartbeat.due(kStart + 999ms));
  EXPECT_TRUE(heartbeat.due(kStart + 1s));
  EXPECT_FALSE(heartbeat.due(kStart + 1s)) << "two looks at the workers need a while between them";
  EXPECT_FALSE(heartbeat.due(kStart + 1999ms));
  EXPECT_TRUE(heartbeat.due(kStart + 2s));
}

TEST(Heartbeat, ATurnCountsAsABeat) {
  Heartbeat heartbeat(1s);
  heartbeat.turn(kStart);
  heartbeat.turn(kStart + 900ms);
  EXPECT_FALSE(heartbeat.due(kStart + 1s));
  EXPECT_TRUE(heartbeat.due(kStart + 1900ms));
}

TEST(Heartbeat, WorkWithoutEndIsNoLife) {
  Heartbeat heartbeat(1s);
  heartbeat.turn(kStart);
  EXPECT_TRUE(heartbeat.due(kStart + Heartbeat::kLongestWork));
  EXPECT_FALSE(heartbeat.due(kStart + Heartbeat::kLongestWork + 1s));
  EXPECT_FALSE(heartbeat.due(kStart + 2 * Heartbeat::kLongestWork));
  heartbeat.turn(kStart + 2 * Heartbeat::kLongestWork);
  EXPECT_TRUE(heartbeat.due(kStart + 2 * Heartbeat::kLongestWork + 1s));
}

}  // namespace
}  // namespace hvs
