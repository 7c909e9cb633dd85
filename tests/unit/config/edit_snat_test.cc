// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Edits of the rules of mode snat.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "tests/unit/config/edited.h"

namespace hvs {
namespace {

using test::edited;
using testing::HasSubstr;
using testing::SizeIs;

Config running() {
  auto result = parse_config(R"(
ports: [{device: eth0}]
lip_pools: [{name: inside, addresses: [10.20.0.10]}, {name: public, addresses: [10.10.0.9]}]
services: [{name: web, vip: 10.10.0.100, port: 80, lip_pool: inside, dests: [{address: 10.20.0.21}]}]
)",
                             "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

std::string refused(const Config& config, std::string_view operations) {
  const auto result = edit_config(config, operations);
  EXPECT_FALSE(result.ok()) << operations;
  return result ? "" : result.error().message();
}

constexpr std::string_view kTwoRules = R"([
    {"op": "add_snat", "rule": {"name": "last", "from": ["10.60.0.0/16"], "lip_pool": "public"}},
    {"op": "add_snat", "before": "last",
     "rule": {"name": "ssh", "from": ["10.60.0.0/16"], "protocol": "tcp", "to_ports": "22", "lip_pool": "public"}}])";

TEST(EditConfig, AddsSnatRulesInTheirOrder) {
  const Config c = edited(running(), kTwoRules);
  ASSERT_THAT(c.snat, SizeIs(2));
  EXPECT_EQ(c.snat[0].name, "ssh");
  EXPECT_EQ(c.snat[0].protocol, SnatProtocol::tcp);
  EXPECT_EQ(c.snat[1].name, "last");
  EXPECT_EQ(c.services, running().services);
}

TEST(EditConfig, EditsAndDeletesSnatRules) {
  const Config before = edited(running(), kTwoRules);
  const Config c = edited(before, R"([
    {"op": "edit_snat", "rule": "ssh", "set": {"to_ports": null, "protocol": "sctp"}},
    {"op": "delete_snat", "rule": "last"}])");
  ASSERT_THAT(c.snat, SizeIs(1));
  EXPECT_EQ(c.snat[0].name, "ssh");
  EXPECT_EQ(c.snat[0].protocol, SnatProtocol::sctp);
  EXPECT_EQ(c.snat[0].from, before.snat[0].from);
  EXPECT_EQ(edited(c, R"([{"op": "delete_snat", "rule": "ssh"}])"), running());
  EXPECT_EQ(edited(before, R"([{"op": "flush"}])").snat, before.snat);
}

TEST(EditConfig, SnatRulesAreJudgedLikeTheFiles) {
  const std::string add =
      R"([{"op": "add_snat", "rule": {"name": "web", "from": ["10.60.0.0/16"], "lip_pool": )";
  EXPECT_THAT(refused(running(), add + R"("public"}}])"), HasSubstr("is the name of a service"));
  EXPECT_THAT(
      refused(
          running(),
          R"([{"op": "add_snat", "rule": {"name": "a", "from": ["10.60.0.0/16"], "lip_pool": "nowhere"}}])"),
      HasSubstr("nowhere"));
  EXPECT_THAT(refused(running(), R"([{"op": "edit_snat", "rule": "web", "set": {}}])"),
              HasSubstr("there is no snat rule web"));
  EXPECT_THAT(refused(running(), R"([{"op": "delete_snat", "rule": ["web"]}])"),
              HasSubstr("`rule` is no name"));
  EXPECT_THAT(refused(running(), R"([{"op": "add_snat", "rule": "web"}])"), HasSubstr("`rule` is no map"));
  EXPECT_THAT(refused(running(), R"([{"op": "add_snat", "rule": {"name": "a"}, "before": "b"}])"),
              HasSubstr("operation 1: there is no snat rule b"));
  const Config two = edited(running(), kTwoRules);
  EXPECT_THAT(refused(two, kTwoRules), HasSubstr("there is a snat rule last already"));
  EXPECT_THAT(refused(two, R"([{"op": "edit_snat", "rule": "ssh", "set": {"name": "x"}}])"),
              HasSubstr("`name` cannot be edited"));
}

}  // namespace
}  // namespace hvs
