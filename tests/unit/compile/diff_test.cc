// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBase = R"(
ports:
  - { name: outside, device: eth0 }
lip_pools:
  - { name: inside, addresses: [10.20.0.10] }
services:
  - name: web
    vip: 10.10.0.100
    port: 80
    lip_pool: inside
    dests:
      - { address: 10.20.0.21 }
      - { address: 10.20.0.22 }
  - name: dns
    vip: 10.10.0.100
    protocol: udp
    port: 53
    lip_pool: inside
)";

Config read(const std::string& text) {
  auto result = parse_config(text, "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

Config edited(std::string_view from, std::string_view to) {
  std::string text = kBase;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return read(text.replace(at, from.size(), to));
}

std::vector<std::string> summary(const Config& after) { return diff_configs(read(kBase), after).summary(); }

TEST(ConfigDiff, TheSameFileIsNoChange) {
  const ConfigDiff diff = diff_configs(read(kBase), read(kBase));
  EXPECT_TRUE(diff.empty());
  EXPECT_TRUE(diff.reloadable().ok());
}

TEST(ConfigDiff, NamesWhatChangesInAService) {
  EXPECT_THAT(
      summary(edited("port: 80\n", "port: 80\n    scheduler: wrr\n    timeouts: {tcp_established: 5m}\n")),
      ElementsAre("service web changed: scheduler: rr -> wrr, timeouts.tcp_established: 900s -> 300s"));
  EXPECT_THAT(
      summary(edited("port: 80\n",
                     "port: 80\n    scheduler: mh\n    scheduler_flags: [fallback, port]\n"
                     "    mh_table_size: 251\n")),
      ElementsAre("service web changed: scheduler: rr -> mh, scheduler_flags: none -> port, fallback, "
                  "mh_table_size: 65537 -> 251"));
  EXPECT_THAT(summary(edited("port: 80\n",
                             "port: 80\n    mss: 1300\n    on_no_dest: drop\n    on_dest_removed: reset\n"
                             "    dest_time_wait: keep\n")),
              ElementsAre("service web changed: on_dest_removed: keep -> reset, on_no_dest: reject -> drop, "
                          "dest_time_wait: reset -> keep, mss: auto -> 1300"));
  EXPECT_THAT(summary(edited("name: web", "name: www")),
              ElementsAre("service www changed: name: web -> www"));
}

TEST(ConfigDiff, AnotherPortIsAnotherService) {
  EXPECT_THAT(summary(edited("port: 53", "port: 54")),
              ElementsAre("service dns removed", "service dns added"));
}

TEST(ConfigDiff, NamesDests) {
  EXPECT_THAT(summary(edited("10.20.0.22 }", "10.20.0.23, weight: 3 }")),
              ElementsAre("dest web: 10.20.0.22:80 removed", "dest web: 10.20.0.23:80 added"));
  EXPECT_THAT(summary(edited("10.20.0.22 }", "10.20.0.22, weight: 0 }")),
              ElementsAre("dest web: 10.20.0.22:80 changed: weight: 1 -> 0"));
  EXPECT_THAT(summary(edited("10.20.0.22 }", "10.20.0.22, max_conn: 9, min_conn: 5 }")),
              ElementsAre("dest web: 10.20.0.22:80 changed: max_conn: 0 -> 9, min_conn: 0 -> 5"));
}

TEST(ConfigDiff, NamesPoolsAndOtherSettings) {
  EXPECT_THAT(summary(edited("[10.20.0.10]", "[10.20.0.10, 10.20.0.11]")),
              ElementsAre("LIP pool inside changed: 10.20.0.11 added"));
  EXPECT_THAT(summary(edited("[10.20.0.10]", "[10.20.0.11], ports: 20000-30000")),
              ElementsAre("LIP pool inside changed: 10.20.0.10 removed, 10.20.0.11 added, "
                          "ports: 10240-65535 -> 20000-30000"));
  const Config two = edited("[10.20.0.10]", "[10.20.0.10, 10.20.0.11]");
  Config turned = two;
  std::swap(turned.lip_pools[0].addresses[0], turned.lip_pools[0].addresses[1]);
  EXPECT_THAT(diff_configs(two, turned).summary(),
              ElementsAre("LIP pool inside changed: addresses in another order"));
  EXPECT_THAT(summary(edited("lip_pools:",
                             "log: {level: debug}\nlip_pools:\n  - {name: b, addresses: [10.20.0.99]}")),
              ElementsAre("LIP pool b added", "log.level: info -> debug"));
}

TEST(ConfigDiff, ARestartIsAskedForByName) {
  const Config after = edited(
      "ports:\n  - { name: outside, device: eth0 }",
      "instance: other\ncontrol: {socket: /tmp/s}\nworkers: {cpus: [2, 3], poll: busy, simd: off}\n"
      "memory: {hugepages: off, limit: 1GiB}\nconnections: {max: 4096}\nports:\n"
      "  - { name: outside, device: eth1, mode: af_xdp, xdp: generic, queues: 2, on_down: pass, hold: 1s }\n"
      "  - { name: second, device: eth2 }");
  const ConfigDiff diff = diff_configs(read(kBase), after);
  EXPECT_THAT(diff.needs_restart,
              ElementsAre("instance: default -> other", "control.socket: /run/hvs/default/api.sock -> /tmp/s",
                          "workers.count: 1 -> 2", "workers.cpus: chosen by HVS -> 2,3",
                          "workers.poll: adaptive -> busy", "workers.simd: auto -> off",
                          "memory.hugepages: auto -> off", "memory.limit: 256MiB -> 1024MiB",
                          "connections.max: 262144 -> 4096", "ports.outside.device: eth0 -> eth1",
                          "ports.outside.mode: auto -> af_xdp", "ports.outside.xdp: auto -> generic",
                          "ports.outside.queues: 1 -> 2", "ports.outside.on_down: hold -> pass",
                          "ports.outside.hold: 30s -> 1s", "ports: second added"));
  const auto refused = diff.reloadable();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("connections.max: 262144 -> 4096; ports.outside.device"));
  EXPECT_THAT(refused.error().fix, HasSubstr("Nothing was applied"));
}

TEST(ConfigDiff, ARemovedPortNeedsARestart) {
  const Config two = edited("lip_pools:", "  - { device: eth5 }\nlip_pools:");
  EXPECT_THAT(diff_configs(two, read(kBase)).needs_restart, ElementsAre("ports: eth5 removed"));
}

TEST(ConfigDiff, AnotherOrderOfPortsNeedsARestart) {
  const Config two = edited("lip_pools:", "  - { device: eth5 }\nlip_pools:");
  Config turned = two;
  std::swap(turned.ports[0], turned.ports[1]);
  EXPECT_THAT(diff_configs(two, turned).needs_restart, ElementsAre("ports: their order"));
}

TEST(ConfigDiff, ServicesDestsPoolsAndLogsNeedNoRestart) {
  Config after = read(kBase);
  after.log_level = "debug";
  after.services.pop_back();
  after.services[0].dests.clear();
  after.lip_pools[0].port_low = L4Port{20000};
  const ConfigDiff diff = diff_configs(read(kBase), after);
  EXPECT_EQ(diff.summary().size(), 5U);
  EXPECT_THAT(diff.needs_restart, IsEmpty());
  EXPECT_TRUE(diff.reloadable().ok());
}

}  // namespace
}  // namespace hvs
