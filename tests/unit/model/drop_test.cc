// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/drop.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace hvs {
namespace {

/// `hvsctl drops` shows the reasons that happened: the one before may be missing.
TEST(Drop, EachDescriptionStandsAlone) {
  std::set<std::string_view> seen;
  for (const DropInfo& drop : kDropInfo) {
    EXPECT_EQ(drop.description.find("the same"), std::string_view::npos) << drop.name;
    EXPECT_TRUE(seen.insert(drop.description).second) << drop.name;
  }
}

}  // namespace
}  // namespace hvs
