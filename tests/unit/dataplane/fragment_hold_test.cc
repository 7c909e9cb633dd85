// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/fragment_hold.h"

#include <gtest/gtest.h>

#include <vector>

namespace hvs {
namespace {

Frame numbered(std::uint32_t number) {
  Frame frame;
  frame.length = number;
  return frame;
}

std::vector<std::uint32_t> all_of(FragmentHold& held) {
  std::vector<std::uint32_t> numbers;
  held.visit(0, [&](const Frame& frame, bool) {
    numbers.push_back(frame.length);
    return false;
  });
  return numbers;
}

TEST(FragmentHold, AFirstFragmentLooksAtItsOwnPacketAlone) {
  FragmentHold held;
  for (std::uint32_t n = 0; n < FragmentHold::kFrames; ++n) EXPECT_TRUE(held.add(numbered(n), n / 2, 10));
  EXPECT_FALSE(held.add(numbered(99), 99, 10)) << "full";
  std::vector<std::uint32_t> looked;
  const auto visit = [&](std::uint32_t tag, bool goes) {
    held.visit_tagged(tag, [&](const Frame& frame) {
      looked.push_back(frame.length);
      return goes;
    });
  };
  visit(1000, true);
  EXPECT_TRUE(looked.empty());
  visit(3, false);
  EXPECT_EQ(looked, (std::vector<std::uint32_t>{6, 7}));
  EXPECT_EQ(all_of(held).size(), FragmentHold::kFrames) << "they stay";
}

TEST(FragmentHold, ThoseThatGoLeaveTheOthersInTheirOrder) {
  FragmentHold held;
  for (std::uint32_t n = 0; n < 8; ++n) EXPECT_TRUE(held.add(numbered(n), n % 3, n));
  held.visit_tagged(1, [](const Frame&) { return true; });
  EXPECT_EQ(all_of(held), (std::vector<std::uint32_t>{0, 2, 3, 5, 6}));
  // Tags have moved along.
  held.visit_tagged(2, [](const Frame& frame) { return frame.length == 2; });
  EXPECT_EQ(all_of(held), (std::vector<std::uint32_t>{0, 3, 5, 6}));
  held.visit(3, [](const Frame&, bool due) { return due; });
  EXPECT_EQ(all_of(held), (std::vector<std::uint32_t>{5, 6}));
  held.visit_tagged(2, [](const Frame&) { return true; });
  held.visit_tagged(0, [](const Frame&) { return true; });
  EXPECT_TRUE(held.empty());
}

}  // namespace
}  // namespace hvs
