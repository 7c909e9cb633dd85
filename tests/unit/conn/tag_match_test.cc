// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/tag_match.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace hvs {
namespace {

TEST(TagMatch, TheVectorSaysWhatThePortableLoopSays) {
  std::mt19937 rng(7);
  alignas(16) std::array<std::uint16_t, kTagsPerBucket> tags{};
  unsigned several = 0;
  for (int round = 0; round < 100'000; ++round) {
    // Few values, both ends of the range among them, so that none, some and all match.
    for (std::uint16_t& tag : tags) tag = static_cast<std::uint16_t>(0xfffe + rng() % 5);
    const auto sought = static_cast<std::uint16_t>(0xfffe + rng() % 5);
    unsigned expected = 0;
    for (unsigned i = 0; i < kTagsPerBucket; ++i) expected += tags[i] == sought ? 1U << i : 0U;
    ASSERT_EQ(match_tags_portable(tags.data(), sought), expected);
    ASSERT_EQ(match_tags_vector(tags.data(), sought), expected);
    several += (expected & (expected - 1)) != 0;
  }
  EXPECT_GT(several, 1000U);
}

}  // namespace
}  // namespace hvs
