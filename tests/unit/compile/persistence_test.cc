// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "control/config/memory_need.h"

namespace hvs {
namespace {

std::string file(const std::string& persistence) {
  return "ports: [{device: eth0}]\nservices:\n  - {name: web, vip: 10.10.0.100, port: 80, mode: nat" +
         (persistence.empty() ? "" : ", persistence: " + persistence) + "}\n";
}

Config read(const std::string& persistence) {
  auto result = parse_config(file(persistence), "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

TEST(Persistence, HasDefaultsAndIsWrittenAsItIsRead) {
  EXPECT_FALSE(read("").services[0].persistence.has_value());
  EXPECT_EQ(read("{}").services[0].persistence, PersistenceConfig{});
  const Config c = read("{timeout: 1h, v4_mask: 24, v6_prefix: 64, on_drain: move}");
  const PersistenceConfig& p = *c.services[0].persistence;
  EXPECT_EQ(p.timeout, 3600s);
  EXPECT_EQ(p.v4_mask, 24);
  EXPECT_EQ(p.v6_prefix, 64);
  EXPECT_EQ(p.on_drain, OnDrain::move);
  EXPECT_EQ(*parse_config(config_to_yaml(c), "written"), c) << config_to_yaml(c);
}

TEST(Persistence, WrongValuesAreRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{timeout: 0}", "persistence.timeout: \"0\" is out of range. Allowed: 1s to 31d"},
      {"{v4_mask: 33}", "persistence.v4_mask: \"33\" is out of range. Allowed: 1 to 32"},
      {"{v6_prefix: 0}", "persistence.v6_prefix: \"0\" is out of range"},
      {"{on_drain: stay}", "persistence.on_drain: \"stay\" is not known"},
      {"{mask: 24}", "unknown key `mask` in services[0].persistence"},
      {"300", "services[0].persistence: a single value where a map belongs"},
  };
  for (const auto& [text, message] : cases) {
    const auto result = parse_config(file(text), "test.yaml");
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_THAT(result.problems().text(), testing::HasSubstr(message)) << text;
  }
}

TEST(Persistence, IsEditedAndTakenAway) {
  const auto on = edit_config(read(""), R"([{"op": "edit_service", "service": "web",
    "set": {"persistence": {"timeout": 60, "v4_mask": 24, "v6_prefix": null}}}])");
  ASSERT_TRUE(on.ok()) << on.error().message();
  EXPECT_EQ(on->config, read("{timeout: 60, v4_mask: 24}"));
  const auto off =
      edit_config(on->config, R"([{"op": "edit_service", "service": "web", "set": {"persistence": null}}])");
  ASSERT_TRUE(off.ok()) << off.error().message();
  EXPECT_EQ(off->config, read(""));
}

TEST(Persistence, MemoryIsCountedWhenAServiceHasIt) {
  EXPECT_EQ(memory_need(read("")).templates, 0U);
  EXPECT_EQ(memory_need(read("{}")).templates, 65536 * kTemplateBytes);
}

TEST(Persistence, TheDifferenceIsToldAndTheTablesSizeNeedsARestart) {
  const Config off = read("");
  Config on = read("{}");
  EXPECT_THAT(diff_configs(off, on).summary(),
              testing::ElementsAre("service web changed: persistence: added"));
  Config longer = on;
  longer.services[0].persistence->timeout = 60s;
  longer.persistent_clients = 2048;
  const auto summary = diff_configs(on, longer).summary();
  EXPECT_THAT(summary, testing::ElementsAre("needs a restart: connections.persistent_clients: 65536 -> 2048",
                                            "service web changed: persistence.timeout: 300s -> 60s"));
}

}  // namespace
}  // namespace hvs
