// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <string>

#include "base/long_work.h"
#include "compiled.h"
#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "control/config/edit.h"

// Each step of a reload serves the heartbeat for each dest, so that none is long without it.
namespace hvs::test {
namespace {

constexpr std::size_t kDests = 1000;

std::string text(std::size_t weight) {
  std::string out =
      "ports: [{device: eth0}]\nlip_pools: [{name: in, addresses: [10.20.0.10]}]\n"
      "services:\n- {name: web, vip: 10.10.0.100, port: 80, lip_pool: in, dests: [\n";
  for (std::size_t i = 0; i < kDests; ++i) {
    out += "{address: 10.21." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
           ", weight: " + std::to_string(weight) + "},\n";
  }
  return out + "]}\n";
}

/// How often the work lets others be served.
template <typename Work>
std::size_t pieces_of(Work work) {
  std::size_t served = 0;
  const LongWork meanwhile([&] { ++served; });
  work();
  return served;
}

TEST(LargeConfig, ReadingServes) {
  const std::string file = text(1);
  const std::size_t nodes = kDests * 5;  // a map, and two keys and values
  const std::size_t read = kDests, judged = kDests;
  EXPECT_GE(pieces_of([&] { ASSERT_TRUE(parse_config(file, "test.yaml").ok()); }), nodes + read + judged);
}

TEST(LargeConfig, ComparingServes) {
  const Config before = *parse_config(text(1), "test.yaml");
  const Config after = *parse_config(text(2), "test.yaml");
  EXPECT_GE(pieces_of([&] { EXPECT_EQ(diff_configs(before, after).dests_changed.size(), kDests); }),
            2 * kDests);
}

TEST(LargeConfig, CompilingServes) {
  const Config config = *parse_config(text(1), "test.yaml");
  SnapshotCompiler compiler;
  EXPECT_GE(pieces_of([&] { apply(compiler, config); }), 3 * kDests) << "looked up, given a row, compiled";
  EXPECT_GE(pieces_of([&] { apply(compiler, config); }), 2 * kDests);
}

TEST(LargeConfig, EditingServes) {
  const Config config = *parse_config(text(1), "test.yaml");
  EXPECT_GE(pieces_of([&] { EXPECT_TRUE(edit_config(config, "[]").ok()); }), 3 * kDests)
      << "written, read and judged";
}

}  // namespace
}  // namespace hvs::test
