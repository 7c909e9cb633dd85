// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/compile/compiled.h"

// What a service keeps over reloads that concern its scheduler.
namespace hvs {
namespace {

using test::compiled;
using test::ip;

Config three_dests() {
  Config c;
  c.lip_pools.push_back({"inside", {ip("10.20.0.10")}, L4Port{10240}, L4Port{65535}});
  ServiceConfig& s = c.services.emplace_back();
  s.vip = ip("10.10.0.1");
  s.port = L4Port{80};
  s.lip_pool = "inside";
  s.dests = {{ip("10.20.0.21"), L4Port{80}, 1},
             {ip("10.20.0.22"), L4Port{80}, 2},
             {ip("10.20.0.23"), L4Port{80}, 1}};
  return c;
}

TEST(SnapshotCompiler, ATableIsMadeAnewOnlyWhenItsDestsChange) {
  Config c = three_dests();
  c.services[0].scheduler = SchedulerKind::mh;
  SnapshotCompiler compiler;
  const auto table = [&] { return compiled(compiler, c).snapshot->service(ServiceSlot{0})->placement; };
  const auto first = table();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->table.size(), 65537U);
  EXPECT_EQ(table(), first) << "shared by reference";
  std::swap(c.services[0].dests[0], c.services[0].dests[2]);
  c.services[0].dests[1].max_conn = 10;
  c.services[0].scheduler_flags.fallback = true;
  EXPECT_EQ(table(), first);
  const Service& s = *compiler.current()->service(ServiceSlot{0});
  EXPECT_EQ(s.dests[s.ranks[0]].addr, ip("10.20.0.21")) << "ranks follow the file";
  EXPECT_TRUE(s.limited);
  EXPECT_TRUE(s.scheduler_flags.fallback);
  EXPECT_EQ(s.dests[1].limits, (ConnLimits{10, 8}));
  c.services[0].dests[0].weight = 3;
  const auto second = table();
  EXPECT_NE(second, first);
  c.services[0].mh_table_size = 251;
  EXPECT_EQ(table()->table.size(), 251U);
  c.services[0].scheduler = SchedulerKind::conhash;
  EXPECT_FALSE(table()->ring.empty());
  c.services[0].scheduler = SchedulerKind::wlc;
  EXPECT_EQ(table(), nullptr);
}

TEST(SnapshotCompiler, AnotherSchedulerKeepsSlotsAndIncarnation) {
  Config c = three_dests();
  SnapshotCompiler compiler;
  const auto before = compiled(compiler, c);
  c.services[0].scheduler = SchedulerKind::mh;
  const auto after = compiled(compiler, c);
  EXPECT_THAT(after.fresh_dests, testing::IsEmpty());
  EXPECT_EQ(after.snapshot->services[0]->incarnation, before.snapshot->services[0]->incarnation);
}

}  // namespace
}  // namespace hvs
