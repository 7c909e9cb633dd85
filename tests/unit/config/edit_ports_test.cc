// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Edits of a service's ports, and of dests that have its port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "tests/unit/config/edited.h"

namespace hvs {
namespace {

using test::edited;
using testing::ElementsAre;

Config running() {
  auto result = parse_config(R"(
ports: [{device: eth0}]
services: [{name: web, vip: 10.10.0.100, port: 80, mode: nat,
            dests: [{address: 10.20.0.21}, {address: 10.20.0.22, port: 8080}]}]
)",
                             "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

std::vector<std::string> dests_of(const Config& config) {
  std::vector<std::string> out;
  for (const DestConfig& dest : config.services.front().dests)
    out.push_back(dest.address.text(dest.port.value) + " w " + std::to_string(dest.weight));
  return out;
}

/// Dests without a port of their own are known by the ports that the service has at that moment.
TEST(EditConfig, DestsAreFoundAfterAnEditOfTheServicesPorts) {
  const Config several = edited(running(), R"([
    {"op": "add_dest", "service": "web", "dest": {"address": "10.20.0.23"}},
    {"op": "edit_service", "service": "web", "set": {"port": [80, 443]}},
    {"op": "edit_dest", "service": "web", "dest": {"address": "10.20.0.23"}, "set": {"weight": 2}}])");
  EXPECT_THAT(dests_of(several), ElementsAre("10.20.0.21:80 w 1", "10.20.0.22:8080 w 1", "10.20.0.23:0 w 2"));
  const Config one = edited(several, R"([
    {"op": "edit_service", "service": "web", "set": {"port": 80}},
    {"op": "edit_dest", "service": "web", "dest": {"address": "10.20.0.23", "port": 80}, "set": {"weight": 4}},
    {"op": "delete_dest", "service": "web", "dest": {"address": "10.20.0.22", "port": 8080}}])");
  EXPECT_THAT(dests_of(one), ElementsAre("10.20.0.21:80 w 1", "10.20.0.23:80 w 4"));
}

}  // namespace
}  // namespace hvs
