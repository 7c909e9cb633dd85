// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/flow_stats.h"

#include <gtest/gtest.h>

namespace hvs {
namespace {

FlowCounts counts(std::uint64_t connections, std::uint64_t packets_in) {
  FlowCounts c;
  c.values[FlowCounts::connections] = connections;
  c.values[FlowCounts::packets_in] = packets_in;
  return c;
}

TEST(FlowStats, CountsFromTheStartUntilTheyBeginAnew) {
  FlowStats stats;
  EXPECT_EQ(stats.since_zero(counts(5, 50)).values, counts(5, 50).values);
  stats.zero(counts(5, 50));
  EXPECT_EQ(stats.since_zero(counts(5, 50)).values, counts(0, 0).values);
  EXPECT_EQ(stats.since_zero(counts(7, 51)).values, counts(2, 1).values);
}

TEST(FlowStats, TheRateApproachesWhatIsSteady) {
  FlowStats stats;
  std::uint64_t packets = 1000000;  // from before it was looked at: no rate
  stats.sample(counts(0, packets), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 0U);
  stats.sample(counts(0, packets += 2000), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 250U) << "a quarter of 1000 a second";
  for (int i = 0; i < 40; ++i) stats.sample(counts(0, packets += 2000), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 1000U);
  EXPECT_EQ(stats.rate().values[FlowCounts::connections], 0U);
  for (int i = 0; i < 40; ++i) stats.sample(counts(0, packets), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 0U);
}

TEST(FlowStats, BeginningAnewForgetsTheRate) {
  FlowStats stats;
  stats.sample(counts(0, 0), 2);
  stats.sample(counts(0, 8000), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 1000U);
  stats.zero(counts(0, 9000));
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 0U);
  stats.sample(counts(0, 9800), 2);
  EXPECT_EQ(stats.rate().values[FlowCounts::packets_in], 100U) << "of what came since";
}

}  // namespace
}  // namespace hvs
