// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "control/compile/diff.h"
#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using test::apply;
using test::ip;
IpPrefix net(const char* addr, std::uint8_t length) { return {ip(addr), length}; }

SnatConfig rule(const char* name, std::vector<IpPrefix> from, std::vector<IpPrefix> to = {}) {
  SnatConfig out;
  out.name = name;
  out.from = std::move(from);
  out.to = std::move(to);
  out.lip_pool = "public";
  return out;
}

Config config(std::vector<SnatConfig> rules) {
  Config out;
  out.ports.resize(2);
  out.ports[0].name = "outside";
  out.ports[1].name = "inside";
  LipPoolConfig pool;
  pool.name = "public";
  pool.addresses = {ip("10.50.0.9"), ip("fd50::9")};
  out.lip_pools = {pool};
  out.snat = std::move(rules);
  return out;
}

SlotProbe everything_in_use() {
  return {[](ServiceSlot) { return true; }, [](DestSlot) { return true; }};
}

TEST(SnatRules, AreServicesWithOneDestInTheOrderOfTheFile) {
  Config c = config({rule("b", {net("10.60.0.0", 16)}), rule("a", {net("fd60::", 16)}, {net("fd70::", 16)})});
  c.snat[0].in = "inside";
  c.snat[0].out = "outside";
  c.snat[0].protocol = SnatProtocol::icmp;
  c.snat[1].timeouts.icmp = 7s;
  SnapshotCompiler compiler;
  const auto snapshot = apply(compiler, c);
  ASSERT_EQ(snapshot->snat.size(), 2U);
  const SnatRule& first = snapshot->snat[0];
  EXPECT_EQ(snapshot->service(first.service)->name, "b");
  EXPECT_EQ(first.in, PortId{1});
  EXPECT_EQ(first.out, PortId{0});
  EXPECT_EQ(first.protocols, std::uint32_t{HVS_STEER_ICMP});
  EXPECT_EQ(first.to, std::vector{net("0.0.0.0", 0)});
  const Service& second = *snapshot->service(snapshot->snat[1].service);
  EXPECT_EQ(second.mode, ForwardingMode::snat);
  EXPECT_EQ(second.idle.icmp, 7000U);
  ASSERT_EQ(second.dests.size(), 1U);
  EXPECT_NE(second.dests[0].slot, snapshot->service(first.service)->dests[0].slot);
  EXPECT_FALSE(snapshot->snat[1].in);
  EXPECT_TRUE(snapshot->steer.rows().services.empty()) << "a rule has no VIP";
}

TEST(SnatRules, KeepTheirSlotsByName) {
  SnapshotCompiler compiler;
  const auto before = apply(compiler, config({rule("a", {net("10.60.0.0", 16)})}));
  const auto after =
      apply(compiler, config({rule("b", {net("10.61.0.0", 16)}), rule("a", {net("10.62.0.0", 16)})}),
            everything_in_use());
  EXPECT_EQ(after->snat[1].service, before->snat[0].service);
  EXPECT_NE(after->snat[0].service, before->snat[0].service);
}

TEST(SnatRules, FitWhatTheySay) {
  Config c = config({rule("web", {net("10.60.0.0", 16)}, {net("203.0.113.0", 24), net("198.51.100.7", 32)})});
  c.snat[0].protocol = SnatProtocol::tcp;
  c.snat[0].from_ports = {L4Port{1024}, L4Port{65535}};
  c.snat[0].to_ports = {L4Port{80}, L4Port{81}};
  SnapshotCompiler compiler;
  const SnatRule web = apply(compiler, c)->snat[0];
  const SnatRule::Flow fits{ip("10.60.1.2"), ip("203.0.113.9"), L4Port{1024}, L4Port{81}, 6};
  EXPECT_TRUE(web.fits(fits));
  const auto but = [&](auto change) {
    SnatRule::Flow flow = fits;
    change(flow);
    return web.fits(flow);
  };
  EXPECT_TRUE(but([](auto& f) { f.dst = ip("198.51.100.7"); }));
  EXPECT_FALSE(but([](auto& f) { f.dst = ip("198.51.100.8"); }));
  EXPECT_FALSE(but([](auto& f) { f.src = ip("10.61.0.1"); }));
  EXPECT_FALSE(but([](auto& f) { f.src_port = L4Port{1023}; }));
  EXPECT_FALSE(but([](auto& f) { f.dst_port = L4Port{82}; }));
  EXPECT_FALSE(but([](auto& f) { f.protocol = 17; }));
}

TEST(SnatRows, SayByTheLongestPrefixWhatAnyRuleTakes) {
  Config c = config({rule("narrow", {net("10.60.1.0", 24)}), rule("wide", {net("10.60.0.0", 16)})});
  c.snat[0].protocol = SnatProtocol::udp;
  c.snat[1].protocol = SnatProtocol::tcp;
  SnapshotCompiler compiler;
  const SteerTable& steer = apply(compiler, c)->steer;
  const IpAddr out = ip("203.0.113.9");
  EXPECT_TRUE(steer.inside_out(ip("10.60.1.1"), out, 17));
  EXPECT_TRUE(steer.inside_out(ip("10.60.1.1"), out, 6));
  EXPECT_TRUE(steer.inside_out(ip("10.60.2.1"), out, 6));
  EXPECT_FALSE(steer.inside_out(ip("10.60.2.1"), out, 17));
  EXPECT_FALSE(steer.inside_out(ip("10.60.1.1"), out, 1));
  EXPECT_FALSE(steer.inside_out(ip("10.61.1.1"), out, 6));
  EXPECT_FALSE(steer.inside_out(ip("10.60.1.1"), ip("224.0.0.1"), 17));
  EXPECT_FALSE(steer.inside_out(ip("10.60.1.1"), ip("255.255.255.255"), 17));
  EXPECT_FALSE(steer.inside_out(ip("10.60.1.1"), ip("10.50.0.9"), 17)) << "a LIP is ours";
  EXPECT_NE(steer.lip_for(lip_key(ip("10.50.0.9")), 1), nullptr);
  EXPECT_NE(steer.lip_for(lip_key(ip("fd50::9")), 58), nullptr);
}

TEST(SnatRows, LeaveOutTheHostsOwnAddresses) {
  SnapshotCompiler compiler;
  EXPECT_EQ(compiler.set_own_addresses({ip("203.0.113.1")}), nullptr) << "nothing to publish yet";
  const auto first = apply(compiler, config({rule("a", {net("10.60.0.0", 16)})}));
  const auto steered = [&](const Snapshot& s, const char* to) {
    return s.steer.inside_out(ip("10.60.0.7"), ip(to), 6);
  };
  EXPECT_FALSE(steered(*first, "203.0.113.1"));
  EXPECT_TRUE(steered(*first, "203.0.113.2"));
  const auto second = compiler.set_own_addresses({ip("203.0.113.2")});
  ASSERT_NE(second, nullptr);
  EXPECT_TRUE(steered(*second, "203.0.113.1"));
  EXPECT_FALSE(steered(*second, "203.0.113.2"));
  EXPECT_EQ(compiler.set_own_addresses({ip("203.0.113.2")}), nullptr) << "the same";
  apply(compiler, config({}));
  EXPECT_EQ(compiler.set_own_addresses({}), nullptr) << "no rules, nobody asks";
}

TEST(SnatRows, OfARuleThatIsGoneStayWhileItHasConnections) {
  SnapshotCompiler compiler;
  apply(compiler, config({rule("a", {net("10.60.0.0", 16)})}));
  const auto without = apply(compiler, config({}), everything_in_use());
  EXPECT_TRUE(without->snat.empty());
  EXPECT_TRUE(without->steer.inside_out(ip("10.60.0.7"), ip("203.0.113.9"), 6));
  EXPECT_NE(without->steer.lip_for(lip_key(ip("10.50.0.9")), 1), nullptr);
  EXPECT_EQ(compiler.settle(everything_in_use()), nullptr);
  const auto settled = compiler.settle({});
  ASSERT_NE(settled, nullptr);
  EXPECT_FALSE(settled->steer.inside_out(ip("10.60.0.7"), ip("203.0.113.9"), 6));
  EXPECT_EQ(settled->steer.lip(lip_key(ip("10.50.0.9"))), nullptr);
  EXPECT_TRUE(settled->steer.rows().outside.empty());
}

TEST(SnatDiff, NamesWhatChanges) {
  const Config before = config({rule("a", {net("10.60.0.0", 16)}), rule("b", {net("10.61.0.0", 16)})});
  Config after = before;
  EXPECT_TRUE(diff_configs(before, after).empty());
  std::swap(after.snat[0], after.snat[1]);
  EXPECT_EQ(diff_configs(before, after).summary(),
            std::vector<std::string>{"snat rules in another order: b, a"});
  after = before;
  after.snat[0].to = {net("203.0.113.0", 24)};
  after.snat[0].out = "outside";
  after.snat[1].name = "c";
  const std::vector<std::string> wanted = {
      "snat rule b removed", "snat rule c added",
      "snat rule a changed: to: everywhere -> 203.0.113.0/24, out: any -> outside"};
  EXPECT_EQ(diff_configs(before, after).summary(), wanted);
}

/// Whose connections may be left, by one of the pool's ports.
TEST(SnatRules, KnowThatALipWasAVip) {
  const auto was_vip = [](const char* vip, PortRange ports, bool in_use, bool goes) {
    Config with = config({});
    ServiceConfig service;
    service.name = "web";
    service.vip = ip("10.50.0.1");
    service.more_vips = {ip(vip)};
    service.port_ranges = {ports};
    service.mode = ForwardingMode::dr;
    with.services = {service};
    with.lip_pools.clear();
    SnapshotCompiler compiler;
    const SlotProbe probe{[&](ServiceSlot) { return in_use; }, [](DestSlot) { return false; }};
    apply(compiler, with, probe);
    with.services[0].more_vips.clear();
    if (goes) with.services.clear();
    apply(compiler, with, probe);  // so that it is gone since two reloads
    Config now = config({rule("office", {net("10.60.0.0", 16)})});
    now.lip_pools[0].port_low = L4Port{2000};
    now.lip_pools[0].port_high = L4Port{3000};
    now.services = with.services;
    const auto snapshot = apply(compiler, now, probe);
    return !snapshot->service(snapshot->snat[0].service)->lips->was_vip.empty();
  };
  const PortRange inside{L4Port{3000}, L4Port{4000}};
  const PortRange beside{L4Port{3001}, L4Port{4000}};
  for (const bool goes : {true, false}) {
    EXPECT_TRUE(was_vip("10.50.0.9", inside, true, goes));
    EXPECT_TRUE(was_vip("fd50::9", kAnyPort, true, goes));
    EXPECT_FALSE(was_vip("10.50.0.9", beside, true, goes));
    EXPECT_FALSE(was_vip("10.50.0.8", inside, true, goes));
    EXPECT_FALSE(was_vip("10.50.0.9", inside, false, goes)) << "all of its connections have ended";
  }
}

Config with_web_at(const char* vip) {
  Config out = config({});
  out.lip_pools.clear();
  ServiceConfig service;
  service.name = "web";
  service.vip = ip(vip);
  service.port = L4Port{40000};
  service.mode = ForwardingMode::dr;
  out.services = {service};
  return out;
}

bool was_vip(const Snapshot& snapshot) {
  return !snapshot.service(snapshot.snat[0].service)->lips->was_vip.empty();
}

/// Workers open connections until the other configuration is out.
TEST(SnatRules, KnowThatALipWasAVipJustNowWhateverIsInUse) {
  SnapshotCompiler compiler;
  apply(compiler, with_web_at("10.50.0.9"));
  EXPECT_TRUE(was_vip(*apply(compiler, config({rule("office", {net("10.60.0.0", 16)})}))));
}

TEST(SnatRules, AreCompiledAgainWhenConnectionsByAPastVipHaveEnded) {
  for (const ForwardingMode mode : {ForwardingMode::nat, ForwardingMode::dr}) {
    bool in_use = true;
    const SlotProbe probe{[&](ServiceSlot) { return in_use; }, [](DestSlot) { return false; }};
    SnapshotCompiler compiler;
    Config before = with_web_at("10.50.0.9");
    before.services[0].mode = mode;
    before.services[0].dests = {DestConfig{ip("10.60.0.1"), L4Port{80}, 1}};
    apply(compiler, before, probe);
    const Config after = config({rule("office", {net("10.60.0.0", 16)})});
    const auto snapshot = apply(compiler, after, probe);
    const auto& past = snapshot->service(snapshot->snat[0].service)->lips->was_vip;
    ASSERT_EQ(past.size(), 1U);
    EXPECT_EQ(past[0].vip, ip("10.50.0.9"));
    EXPECT_EQ(past[0].ports, (PortRange{L4Port{40000}, L4Port{40000}}));
    EXPECT_EQ(past[0].by_client, mode == ForwardingMode::nat);
    (void)compiler.settle(probe);
    EXPECT_FALSE(compiler.past_vips_ended());
    in_use = false;
    (void)compiler.settle(probe);
    EXPECT_TRUE(compiler.past_vips_ended());
    EXPECT_FALSE(was_vip(*apply(compiler, after, probe)));
    EXPECT_FALSE(compiler.past_vips_ended());
  }
}

TEST(SnatRules, KnowThatALipWasAVipOfAConfigurationThatWasWithdrawn) {
  for (const bool in_use : {true, false}) {
    const SlotProbe probe{[&](ServiceSlot) { return in_use; }, [](DestSlot) { return false; }};
    SnapshotCompiler compiler;
    apply(compiler, with_web_at("10.50.0.1"));
    auto failed = compiler.compile(with_web_at("10.50.0.9"), probe);
    ASSERT_TRUE(failed.ok());
    compiler.withdraw(std::move(*failed));
    apply(compiler, config({}), probe);
    const auto now = apply(compiler, config({rule("office", {net("10.60.0.0", 16)})}), probe);
    EXPECT_EQ(was_vip(*now), in_use);
  }
}

}  // namespace
}  // namespace hvs
