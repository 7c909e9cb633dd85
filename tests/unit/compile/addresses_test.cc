// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// What becomes of services on more than one VIP and port.
#include <gtest/gtest.h>

#include "control/compile/diff.h"
#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using test::apply;
using test::ip;

PortRange range(std::uint16_t low, std::uint16_t high) { return {L4Port{low}, L4Port{high}}; }

Config config_of(ServiceConfig service) {
  Config config;
  service.name = "web";
  service.dests = {{ip("10.20.0.21"), L4Port{}}};
  config.services = {std::move(service)};
  return config;
}

ServiceConfig several() {
  ServiceConfig service;
  service.vip = ip("10.10.0.1");
  service.more_vips = {ip("10.10.0.2")};
  service.port_ranges = {range(80, 80), range(8000, 8099)};
  service.mode = ForwardingMode::nat;
  return service;
}

std::optional<ServiceSlot> service_at(const Snapshot& s, const char* vip, std::uint16_t port) {
  if (auto exact = s.steer.service(service_key(ip(vip), 6, Be16{port})); exact) return exact;
  return s.steer.ranged(vip_key(ip(vip), 6), Be16{port});
}

TEST(ServiceAddresses, EveryVipHasEveryPort) {
  SnapshotCompiler compiler;
  const auto snapshot = apply(compiler, config_of(several()));
  for (const char* vip : {"10.10.0.1", "10.10.0.2"}) {
    for (const int port : {80, 8000, 8050, 8099})
      EXPECT_TRUE(service_at(*snapshot, vip, static_cast<std::uint16_t>(port)).has_value()) << port;
    for (const int port : {0, 79, 81, 7999, 8100, 65535})
      EXPECT_FALSE(service_at(*snapshot, vip, static_cast<std::uint16_t>(port)).has_value()) << port;
    EXPECT_TRUE(snapshot->steer.vip(vip_key(ip(vip), 6)));
  }
}

TEST(ServiceAddresses, AnyPortStandsBehindRangesWhateverTheOrderOfTheFile) {
  Config config = config_of(several());
  ServiceConfig all = several();
  all.name = "all";
  all.port_ranges.clear();
  config.services.insert(config.services.begin(), all);
  SnapshotCompiler compiler;
  const auto snapshot = apply(compiler, config);
  const auto all_slot = service_at(*snapshot, "10.10.0.2", 443);
  const auto web_slot = service_at(*snapshot, "10.10.0.2", 8000);
  ASSERT_TRUE(all_slot && web_slot);
  EXPECT_EQ(snapshot->service(*all_slot)->name, "all");
  EXPECT_EQ(snapshot->service(*web_slot)->name, "web");
}

TEST(ServiceAddresses, ADestInModeNatWithoutPortIsSteeredFromEveryPort) {
  SnapshotCompiler compiler;
  const Config before = config_of(several());
  const auto first = apply(compiler, before);
  EXPECT_TRUE(first->steer.nat_on_any_port(ip("10.20.0.21"), 6));
  EXPECT_FALSE(first->steer.nat_on_any_port(ip("10.20.0.21"), 17));
  EXPECT_TRUE(first->steer.nat_dest(service_key(ip("10.20.0.21"), 6, Be16{}))) << "later fragments";
  Config after = before;
  after.services[0].dests[0].port = L4Port{80};
  const SlotProbe busy{[](ServiceSlot) { return true; }, [](DestSlot) { return true; }};
  EXPECT_TRUE(apply(compiler, after, busy)->steer.nat_on_any_port(ip("10.20.0.21"), 6))
      << "it has connections";
  const auto settled = compiler.settle({});
  ASSERT_NE(settled, nullptr);
  EXPECT_FALSE(settled->steer.nat_on_any_port(ip("10.20.0.21"), 6));
  EXPECT_TRUE(settled->steer.nat_dest(service_key(ip("10.20.0.21"), 6, Be16{std::uint16_t{80}})));
}

TEST(ServiceAddresses, TheServiceStaysWhileItsFirstVipAndPortDo) {
  SnapshotCompiler compiler;
  const Config before = config_of(several());
  const auto first = apply(compiler, before);
  const std::uint64_t incarnation = first->services[0]->incarnation;
  Config after = before;
  after.services[0].more_vips = {ip("10.10.0.3")};
  after.services[0].port_ranges = {range(80, 80), range(9000, 9001)};
  const auto second = apply(compiler, after);
  EXPECT_EQ(second->services[0]->incarnation, incarnation);
  EXPECT_EQ(second->services[0]->dests[0].slot, first->services[0]->dests[0].slot);
  const auto changes = diff_configs(before, after).summary();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0],
            "service web changed: vips: 10.10.0.1, 10.10.0.2 -> 10.10.0.1, 10.10.0.3, port: 80,8000-8099 -> "
            "80,9000-9001");
}

TEST(ServiceAddresses, ATunnelHasAHeaderForEachFamilyOfVips) {
  ServiceConfig both = several();
  both.mode = ForwardingMode::tunnel;
  SnapshotCompiler compiler;
  const DestSlot dest = apply(compiler, config_of(both))->services[0]->dests[0].slot;
  EXPECT_NE(compiler.current()->encap(dest, Family::ipv4), nullptr);
  EXPECT_EQ(compiler.current()->encap(dest, Family::ipv6), nullptr);
  both.more_vips = {ip("fd10::1")};
  const auto second = apply(compiler, config_of(both));
  ASSERT_NE(second->encap(dest, Family::ipv6), nullptr);
  EXPECT_EQ(second->encap(dest, Family::ipv4)->protocol(), IpProto::ipip);
  EXPECT_EQ(second->encap(dest, Family::ipv6)->protocol(), IpProto::ipv6);
}

TEST(ServiceAddresses, LipsAreThoseOfTheDestsFamilies) {
  Config config = config_of(several());
  ServiceConfig& service = config.services[0];
  service.mode = ForwardingMode::fullnat;
  service.lip_pool = "inside";
  config.lip_pools.emplace_back();
  config.lip_pools[0].name = "inside";
  config.lip_pools[0].addresses = {ip("10.20.0.10"), ip("fd20::10")};
  const auto steered = [](const Snapshot& s, const char* lip) {
    return s.steer.lip(lip_key(ip(lip))) != nullptr;
  };
  SnapshotCompiler compiler;
  service.dests = {{ip("fd20::21"), L4Port{}}};
  auto snapshot = apply(compiler, config);
  EXPECT_TRUE(steered(*snapshot, "fd20::10"));
  EXPECT_FALSE(steered(*snapshot, "10.20.0.10")) << "the VIP's family";
  service.dests.push_back({ip("10.20.0.21"), L4Port{}});
  snapshot = apply(compiler, config);
  EXPECT_TRUE(steered(*snapshot, "fd20::10") && steered(*snapshot, "10.20.0.10"));

  service.dests.erase(service.dests.begin());
  bool busy = true;
  const SlotProbe probe{[&](ServiceSlot) { return busy; }, {}};
  snapshot = apply(compiler, config, probe);
  EXPECT_TRUE(steered(*snapshot, "fd20::10")) << "connections to the dest that is gone go on";
  busy = false;
  snapshot = compiler.settle(probe);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_FALSE(steered(*snapshot, "fd20::10"));
  EXPECT_TRUE(steered(*snapshot, "10.20.0.10"));
}

}  // namespace
}  // namespace hvs
