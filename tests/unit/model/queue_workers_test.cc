// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/queue_workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hvs {
namespace {

using testing::ElementsAre;

constexpr WorkerId kFirst{0};
constexpr WorkerId kSecond{1};
constexpr WorkerId kThird{2};

TEST(QueueWorkers, TakeTurnsOverAllPorts) {
  EXPECT_THAT(queue_workers({1, 1}, 2), ElementsAre(ElementsAre(kFirst), ElementsAre(kSecond)));
  EXPECT_THAT(queue_workers({1, 2}, 2), ElementsAre(ElementsAre(kFirst), ElementsAre(kSecond, kFirst)));
}

TEST(LocalPortsOf, CountBlocksAndPiecesOfThem) {
  const std::vector<WorkerId> second{kSecond};
  const std::vector<WorkerId> twice{kSecond, kThird, kSecond};
  EXPECT_EQ(local_ports_of(second, 2, {L4Port{10240}, L4Port{10367}}), 64U);
  EXPECT_EQ(local_ports_of(second, 2, {L4Port{10240}, L4Port{10303}}), 0U);
  EXPECT_EQ(local_ports_of(second, 2, {L4Port{10300}, L4Port{10310}}), 7U);
  EXPECT_EQ(local_ports_of(twice, 3, {L4Port{64}, L4Port{255}}), 128U);
  EXPECT_EQ(local_ports_of(second, 1, {L4Port{1024}, L4Port{65535}}), 0U);
  EXPECT_EQ(local_ports_of(std::vector<WorkerId>{kFirst}, 1, {L4Port{1024}, L4Port{65535}}), 64512U);
}

}  // namespace
}  // namespace hvs
