// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/worker_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WorkerWatchTest : public testing::Test {
 protected:
  WorkerWatch::Report look(std::vector<std::uint64_t> loops) { return watch.look(loops); }
  WorkerWatch watch;
};

TEST_F(WorkerWatchTest, WorkersThatTurnAreFine) {
  EXPECT_THAT(look({0, 7}).hung, IsEmpty()) << "the first look has nothing to compare with";
  EXPECT_THAT(look({1, 1'000'000}).hung, IsEmpty());
  EXPECT_THAT(look({2, 1'000'001}).recovered, IsEmpty());
}

TEST_F(WorkerWatchTest, NamesTheOneThatStandsUntilItTurnsAgain) {
  look({5, 5, 5});
  const auto first = look({6, 5, 6});
  EXPECT_THAT(first.hung, ElementsAre(1));
  EXPECT_THAT(first.newly, ElementsAre(1));
  const auto second = look({7, 5, 6});
  EXPECT_THAT(second.hung, ElementsAre(1, 2));
  EXPECT_THAT(second.newly, ElementsAre(2));
  const auto third = look({8, 6, 6});
  EXPECT_THAT(third.hung, ElementsAre(2));
  EXPECT_THAT(third.newly, IsEmpty());
  EXPECT_THAT(third.recovered, ElementsAre(1));
}

}  // namespace
}  // namespace hvs
