// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "base/long_work.h"

#include <gtest/gtest.h>

#include <thread>

namespace hvs {
namespace {

TEST(LongWork, PiecesAreServedWhileItStands) {
  int served = 0;
  LongWork::piece_done();
  {
    const LongWork meanwhile([&] { ++served; });
    LongWork::piece_done();
    LongWork::piece_done();
  }
  LongWork::piece_done();
  EXPECT_EQ(served, 2);
}

TEST(LongWork, TheInnerOneServesAndGivesBack) {
  int outer = 0;
  int inner = 0;
  const LongWork first([&] { ++outer; });
  {
    const LongWork second([&] { ++inner; });
    LongWork::piece_done();
  }
  LongWork::piece_done();
  EXPECT_EQ(outer, 1);
  EXPECT_EQ(inner, 1);
}

TEST(LongWork, AnotherThreadHasItsOwn) {
  int served = 0;
  const LongWork meanwhile([&] { ++served; });
  std::thread([] { LongWork::piece_done(); }).join();
  EXPECT_EQ(served, 0);
}

}  // namespace
}  // namespace hvs
