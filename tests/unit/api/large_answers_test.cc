// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/long_work.h"
#include "control/api/json.h"
#include "control/api/metrics.h"
#include "fake_backend.h"

// Answers about many dests: the heartbeat is served between their rows.
namespace hvs::test {
namespace {

constexpr std::size_t kDests = 3000;  // several slices of a metric's samples

std::vector<DestView> many_dests() {
  std::vector<DestView> dests(kDests);
  for (std::size_t i = 0; i < kDests; ++i) {
    dests[i].service = "web";
    dests[i].address = "10.20." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    dests[i].port = 80;
    dests[i].weight = i;
  }
  return dests;
}

TEST(LargeAnswers, AListIsWholeAndServedRowByRow) {
  std::size_t served = 0;
  const LongWork meanwhile([&] { ++served; });
  const auto dests = many_dests();
  const auto json = nlohmann::json::parse(json_text(dests));
  EXPECT_GE(served, kDests);
  ASSERT_EQ(json.size(), kDests);
  for (std::size_t i = 0; i < kDests; ++i) {
    ASSERT_EQ(json[i]["address"], dests[i].address);
    ASSERT_EQ(json[i]["weight"], i);
  }
  EXPECT_EQ(json_text(std::vector<DestView>{}), "[]");
}

TEST(LargeAnswers, MetricsAreServedRowByRow) {
  FakeBackend backend;
  backend.dest_views = many_dests();
  std::size_t served = 0;
  const LongWork meanwhile([&] { ++served; });
  ASSERT_TRUE(metrics_text(backend).ok());
  EXPECT_GE(served, 6 * kDests) << "a dest has so many families";
}

TEST(LargeAnswers, AMetricOfManySamplesIsDescribedOnceAndInOrder) {
  FakeBackend backend;
  backend.dest_views = many_dests();
  std::istringstream lines(*metrics_text(backend));
  std::size_t next = 0;
  int described = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE hvs_dest_weight ")) ++described;
    if (!line.starts_with("hvs_dest_weight{")) continue;
    const DestView& dest = backend.dest_views[next++];
    ASSERT_EQ(line, "hvs_dest_weight{service=\"web\",dest=\"" + dest.address + ":80\"} " +
                        std::to_string(dest.weight));
  }
  EXPECT_EQ(next, kDests);
  EXPECT_EQ(described, 1);
}

}  // namespace
}  // namespace hvs::test
