// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/localities.h"

#include <gtest/gtest.h>

namespace hvs {
namespace {

TEST(Localities, AnotherWorkersLaterTurnIsNoTimeAtAll) {
  Localities localities;
  constexpr std::uint32_t kLimit = 1000;
  Locality& row = localities.row(7, 5004, kLimit);
  ASSERT_TRUE(row.add(DestSlot{3}, 5004));
  EXPECT_EQ(row.idle_ms(5000), 0U);
  EXPECT_EQ(row.unchanged_ms(5000), 0U);
  EXPECT_TRUE(localities.row(7, 5000, kLimit).has(DestSlot{3}));
  EXPECT_TRUE(localities.row(7, 6000, kLimit).has(DestSlot{3}));
  EXPECT_FALSE(localities.row(7, 7001, kLimit).has(DestSlot{3})) << "nobody used it for longer than that";
}

}  // namespace
}  // namespace hvs
