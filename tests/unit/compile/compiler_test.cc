// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using test::compiled;
using test::ip;

LipPoolConfig pool(const char* name, std::vector<IpAddr> addresses) {
  LipPoolConfig out;
  out.name = name;
  out.addresses = std::move(addresses);
  return out;
}

ServiceConfig service(const char* vip, std::uint16_t port, std::vector<DestConfig> dests = {}) {
  ServiceConfig out;
  out.vip = ip(vip);
  out.port = L4Port{port};
  out.name = out.vip.text(port);
  out.lip_pool = "inside";
  out.dests = std::move(dests);
  return out;
}

DestConfig dest(const char* addr, std::uint16_t port, std::uint16_t weight = 1) {
  return {ip(addr), L4Port{port}, weight};
}

Config config(std::vector<ServiceConfig> services) {
  Config out;
  out.lip_pools = {pool("inside", {ip("10.20.0.10"), ip("10.20.0.11"), ip("fd20::10")})};
  out.services = std::move(services);
  return out;
}

TEST(SnapshotCompiler, CompilesEveryFieldOfAService) {
  Config c = config(
      {service("10.10.0.100", 80,
               {dest("10.20.0.21", 8080, 6), dest("10.20.0.22", 8080, 0), dest("10.20.0.23", 8080, 4)})});
  c.workers.count = 3;
  c.services[0].name = "web";
  c.services[0].protocol = L4Proto::udp;
  c.services[0].scheduler = SchedulerKind::wrr;
  c.services[0].timeouts.udp = 17s;
  SnapshotCompiler compiler;
  const auto snapshot = compiled(compiler, c).snapshot;
  EXPECT_EQ(snapshot->generation, 1U);
  EXPECT_EQ(snapshot->workers, 3U);
  ASSERT_EQ(snapshot->services.size(), 1U);
  const Service& s = *snapshot->service(ServiceSlot{0});
  EXPECT_EQ(s.name, "web");
  EXPECT_EQ(s.vip, ip("10.10.0.100"));
  EXPECT_EQ(s.protocol, L4Proto::udp);
  EXPECT_EQ(s.port, L4Port{80});
  EXPECT_EQ(s.mode, ForwardingMode::fullnat);
  EXPECT_EQ(s.scheduler, SchedulerKind::wrr);
  EXPECT_EQ(s.idle.udp, 17000U);
  EXPECT_EQ(s.weight_max, 6U);
  EXPECT_EQ(s.weight_gcd, 2U);
  ASSERT_EQ(s.dests.size(), 3U);
  EXPECT_EQ(s.dests[1].addr, ip("10.20.0.22"));
  EXPECT_EQ(s.dests[1].port, L4Port{8080});
  EXPECT_EQ(s.dests[1].weight, 0U);
  EXPECT_THAT(s.lips->v4, ElementsAre(ip("10.20.0.10"), ip("10.20.0.11")));
  EXPECT_THAT(s.lips->v6, ElementsAre(ip("fd20::10")));
  EXPECT_EQ(s.lips->port_low, L4Port{10240});
}

TEST(SnapshotCompiler, WithoutWeightsNothingIsDivided) {
  SnapshotCompiler compiler;
  const auto made =
      compiled(compiler,
               config({service("10.10.0.100", 80), service("10.10.0.100", 81, {dest("10.20.0.21", 80, 0)})}));
  for (const auto& s : made.snapshot->services) {
    EXPECT_EQ(s->weight_max, 0U);
    EXPECT_EQ(s->weight_gcd, 0U);
  }
}

TEST(SnapshotCompiler, SteersEveryServiceAndTheLipsThatAreUsed) {
  Config c = config({service("10.10.0.100", 80), service("10.10.0.100", 81), service("fd10::100", 80)});
  c.lip_pools.push_back(pool("spare", {ip("10.20.0.99")}));
  SnapshotCompiler compiler;
  const auto snapshot = compiled(compiler, c).snapshot;
  const SteerTable& steer = snapshot->steer;
  EXPECT_EQ(steer.rows().services.size(), 3U);
  EXPECT_EQ(steer.rows().lips.size(), 3U);
  EXPECT_EQ(steer.service(service_key(ip("10.10.0.100"), 6, Be16{81})), ServiceSlot{1});
  EXPECT_EQ(steer.service(service_key(ip("fd10::100"), 6, Be16{80})), ServiceSlot{2});
  EXPECT_EQ(steer.service(service_key(ip("10.10.0.100"), 17, Be16{80})), std::nullopt);
  EXPECT_TRUE(steer.lip_port(lip_key(ip("10.20.0.11")), 6, Be16{10240}));
  EXPECT_FALSE(steer.lip_port(lip_key(ip("10.20.0.11")), 6, Be16{10239}));
  EXPECT_EQ(steer.lip(lip_key(ip("10.20.0.99"))), nullptr) << "no service uses this pool";
}

TEST(SnapshotCompiler, LipsOfAFamilyThatNoServiceHasAreNotSteered) {
  SnapshotCompiler compiler;
  const auto snapshot = compiled(compiler, config({service("10.10.0.100", 80)})).snapshot;
  EXPECT_EQ(snapshot->steer.lip(lip_key(ip("fd20::10"))), nullptr);
}

TEST(SnapshotCompiler, SlotsStayWhenTheFileIsShuffled) {
  SnapshotCompiler compiler;
  const auto first =
      compiled(compiler, config({service("10.10.0.1", 80, {dest("10.20.0.21", 80), dest("10.20.0.22", 80)}),
                                 service("10.10.0.2", 80, {dest("10.20.0.21", 80)})}));
  EXPECT_THAT(first.fresh_services, ElementsAre(ServiceSlot{0}, ServiceSlot{1}));
  EXPECT_EQ(first.fresh_dests.size(), 3U);
  const auto second = compiled(
      compiler, config({service("10.10.0.2", 80, {dest("10.20.0.21", 80)}), service("10.10.0.3", 80),
                        service("10.10.0.1", 80, {dest("10.20.0.22", 80), dest("10.20.0.21", 80)})}));
  EXPECT_THAT(second.fresh_services, ElementsAre(ServiceSlot{2}));
  EXPECT_THAT(second.fresh_dests, IsEmpty());
  EXPECT_EQ(second.snapshot->generation, 2U);
  for (std::uint32_t slot = 0; slot < 2; ++slot) {
    EXPECT_EQ(first.snapshot->service(ServiceSlot{slot})->vip,
              second.snapshot->service(ServiceSlot{slot})->vip);
  }
  const auto& before = first.snapshot->service(ServiceSlot{0})->dests;
  const auto& after = second.snapshot->service(ServiceSlot{0})->dests;
  EXPECT_EQ(before[0].slot, after[1].slot);
  EXPECT_EQ(before[1].slot, after[0].slot);
}

TEST(SnapshotCompiler, TheSameServerInTwoServicesHasTwoSlots) {
  SnapshotCompiler compiler;
  const auto made = compiled(compiler, config({service("10.10.0.1", 80, {dest("10.20.0.21", 80)}),
                                               service("10.10.0.2", 80, {dest("10.20.0.21", 80)})}));
  EXPECT_NE(made.snapshot->services[0]->dests[0].slot, made.snapshot->services[1]->dests[0].slot);
}

TEST(SnapshotCompiler, ADroppedSlotRestsForOneSnapshotThenServesAgain) {
  SnapshotCompiler compiler(2);
  compiled(compiler, config({service("10.10.0.1", 80), service("10.10.0.2", 80)}));
  const auto refused = compiler.compile(config({service("10.10.0.2", 80), service("10.10.0.3", 80)}), {});
  ASSERT_FALSE(refused.ok()) << "workers may still use the snapshot that names both";
  EXPECT_THAT(refused.error().message(), testing::HasSubstr("no free slot for another service: all 2"));
  compiled(compiler, config({service("10.10.0.2", 80)}));
  const auto made = compiled(compiler, config({service("10.10.0.2", 80), service("10.10.0.3", 80)}));
  EXPECT_THAT(made.fresh_services, ElementsAre(ServiceSlot{0}));
  EXPECT_EQ(made.snapshot->service(ServiceSlot{0})->vip, ip("10.10.0.3"));
}

TEST(SnapshotCompiler, ASlotWithConnectionsIsNotGivenAway) {
  SnapshotCompiler compiler(3, 3);
  const SlotProbe busy{[](ServiceSlot s) { return s == ServiceSlot{0}; },
                       [](DestSlot d) { return d == DestSlot{0}; }};
  compiled(compiler, config({service("10.10.0.1", 80, {dest("10.20.0.21", 80)}),
                             service("10.10.0.2", 80, {dest("10.20.0.22", 80)})}));
  compiled(compiler, config({}), busy);
  compiled(compiler, config({}), busy);
  const auto made = compiled(compiler,
                             config({service("10.10.0.3", 80, {dest("10.20.0.23", 80)}),
                                     service("10.10.0.4", 80, {dest("10.20.0.24", 80)})}),
                             busy);
  EXPECT_THAT(made.fresh_services, ElementsAre(ServiceSlot{1}, ServiceSlot{2}));
  EXPECT_THAT(made.fresh_dests, ElementsAre(DestSlot{1}, DestSlot{2}));
  EXPECT_FALSE(
      compiler
          .compile(config({service("10.10.0.3", 80), service("10.10.0.4", 80), service("10.10.0.5", 80)}),
                   busy)
          .ok());
  EXPECT_TRUE(
      compiler
          .compile(config({service("10.10.0.3", 80), service("10.10.0.4", 80), service("10.10.0.5", 80)}), {})
          .ok());
}

TEST(SnapshotCompiler, WhoComesBackGetsTheOldSlotBack) {
  SnapshotCompiler compiler;
  compiled(compiler, config({service("10.10.0.1", 80, {dest("10.20.0.21", 80)}), service("10.10.0.2", 80)}));
  for (int i = 0; i < 3; ++i) compiled(compiler, config({}));
  const auto made = compiled(
      compiler, config({service("10.10.0.2", 80), service("10.10.0.1", 80, {dest("10.20.0.21", 80)})}));
  EXPECT_THAT(made.fresh_services, IsEmpty()) << "its counters go on";
  EXPECT_THAT(made.fresh_dests, IsEmpty());
  EXPECT_EQ(made.snapshot->service(ServiceSlot{0})->vip, ip("10.10.0.1"));
}

TEST(SnapshotCompiler, ANewcomerDoesNotTakeTheSlotOfOneWhoComesBack) {
  SnapshotCompiler compiler(1);
  compiled(compiler, config({service("10.10.0.1", 80)}));
  for (int i = 0; i < 3; ++i) compiled(compiler, config({}));
  EXPECT_FALSE(compiler.compile(config({service("10.10.0.9", 80), service("10.10.0.1", 80)}), {}).ok());
}

TEST(SnapshotCompiler, AFailedOrUncommittedCompilationChangesNothing) {
  SnapshotCompiler compiler(2, 2);
  const auto first = compiled(compiler, config({service("10.10.0.1", 80)}));
  const auto three_dests =
      config({service("10.10.0.2", 80, {dest("10.20.0.1", 1), dest("10.20.0.1", 2), dest("10.20.0.1", 3)})});
  EXPECT_FALSE(compiler.compile(three_dests, {}).ok());
  EXPECT_TRUE(compiler.compile(config({service("10.10.0.3", 80)}), {}).ok());
  EXPECT_EQ(compiler.current(), first.snapshot);
  const auto next = compiled(compiler, config({service("10.10.0.1", 80), service("10.10.0.4", 80)}));
  EXPECT_THAT(next.fresh_services, ElementsAre(ServiceSlot{1}));
  EXPECT_EQ(next.snapshot->generation, 2U);
}

hvs_steer_lip range_of(const Snapshot& snapshot, const char* lip) {
  const hvs_steer_lip* row = snapshot.steer.lip(lip_key(ip(lip)));
  return row == nullptr ? hvs_steer_lip{0, 0} : *row;
}

TEST(SnapshotCompiler, AFormerLipIsSteeredUntilItsServiceHasNoConnections) {
  Config before = config({service("10.10.0.1", 80), service("10.10.0.2", 80)});
  Config after = before;
  after.lip_pools.push_back(pool("other", {ip("10.20.0.50")}));
  after.services[0].lip_pool = "other";
  after.services[1].lip_pool = "other";
  SnapshotCompiler compiler;
  compiled(compiler, before);
  // Not even a probe that saw no connection counts for the snapshot that workers still use.
  const auto moved = compiled(compiler, after).snapshot;
  EXPECT_EQ(range_of(*moved, "10.20.0.10").port_low, 10240);
  EXPECT_EQ(range_of(*moved, "10.20.0.50").port_low, 10240);
  EXPECT_EQ(moved->steer.rows().lips.size(), 3U) << "the IPv6 one was never used";

  bool busy = true;
  const SlotProbe probe{[&](ServiceSlot s) { return busy && s == ServiceSlot{1}; }, {}};
  const auto less = compiler.settle(probe);
  ASSERT_NE(less, nullptr) << "the other service's part";
  EXPECT_EQ(less->generation, moved->generation);
  EXPECT_EQ(range_of(*less, "10.20.0.10").port_low, 10240);
  EXPECT_EQ(compiler.settle(probe), nullptr);
  const auto again = compiled(compiler, after, probe).snapshot;
  EXPECT_EQ(range_of(*again, "10.20.0.11").port_high, 65535);

  busy = false;
  const auto settled = compiler.settle(probe);
  ASSERT_NE(settled, nullptr);
  EXPECT_EQ(settled->steer.rows().lips.size(), 1U);
  EXPECT_EQ(range_of(*settled, "10.20.0.50").port_low, 10240);
  EXPECT_EQ(compiler.current(), settled);
  EXPECT_EQ(compiler.settle(probe), nullptr);
}

TEST(SnapshotCompiler, AnAddressTakenFromAPoolAndNarrowedPortsStayWhileUsed) {
  Config before = config({service("10.10.0.1", 80)});
  before.lip_pools[0].port_high = L4Port{30000};
  Config after = before;
  after.lip_pools[0].addresses = {ip("10.20.0.10")};
  after.lip_pools[0].port_low = L4Port{20000};
  after.lip_pools[0].port_high = L4Port{40000};
  const SlotProbe busy{[](ServiceSlot) { return true; }, {}};
  SnapshotCompiler compiler;
  compiled(compiler, before);
  const auto moved = compiled(compiler, after, busy).snapshot;
  EXPECT_EQ(range_of(*moved, "10.20.0.10").port_low, 10240);
  EXPECT_EQ(range_of(*moved, "10.20.0.10").port_high, 40000);
  EXPECT_EQ(range_of(*moved, "10.20.0.11").port_low, 10240);
  EXPECT_EQ(range_of(*moved, "10.20.0.11").port_high, 30000);
  EXPECT_EQ(moved->service(ServiceSlot{0})->lips->port_low, L4Port{20000}) << "new connections";
  const auto removed = compiled(compiler, config({}), busy).snapshot;
  EXPECT_EQ(removed->steer.rows().lips.size(), 2U);
  EXPECT_TRUE(removed->steer.rows().services.empty());
  ASSERT_NE(compiler.settle({}), nullptr);
  EXPECT_TRUE(compiler.current()->steer.rows().lips.empty());
}

TEST(SnapshotCompiler, ALipThatIsUsedAgainIsNoFormerOne) {
  SnapshotCompiler compiler;
  const SlotProbe busy{[](ServiceSlot) { return true; }, {}};
  compiled(compiler, config({service("10.10.0.1", 80)}));
  Config wider = config({service("10.10.0.1", 80), service("10.10.0.2", 80)});
  wider.lip_pools[0].addresses.push_back(ip("10.20.0.12"));
  compiled(compiler, wider, busy);
  EXPECT_EQ(compiler.settle({}), nullptr) << "nobody lost anything";
}

TEST(SnapshotCompiler, ASlotIsAnotherIncarnationForEachServiceThatGetsIt) {
  SnapshotCompiler compiler(2);
  const auto incarnation = [&](const Config& c, std::uint32_t slot) {
    return compiled(compiler, c).snapshot->service(ServiceSlot{slot})->incarnation;
  };
  const Config one = config({service("10.10.0.1", 80)});
  const std::uint64_t first = incarnation(one, 0);
  EXPECT_NE(first, 0U) << "schedulers begin with that";
  EXPECT_EQ(incarnation(one, 0), first);
  const Config both = config({service("10.10.0.1", 80), service("10.10.0.2", 80)});
  EXPECT_NE(incarnation(both, 1), 0U);
  for (int i = 0; i < 3; ++i) compiled(compiler, config({}));
  EXPECT_EQ(incarnation(one, 0), first) << "it came back before anybody else";
  for (int i = 0; i < 3; ++i) compiled(compiler, config({}));
  EXPECT_NE(incarnation(config({service("10.10.0.3", 80)}), 0), first);
}

TEST(SnapshotCompiler, SlotsOfAWithdrawnCompilationCountAsGiven) {
  SnapshotCompiler compiler(3);
  const auto first = compiled(compiler, config({service("10.10.0.1", 80)})).snapshot;
  auto failed = compiler.compile(config({service("10.10.0.2", 80)}), {});
  ASSERT_TRUE(failed.ok());
  EXPECT_THAT(failed->fresh_services, ElementsAre(ServiceSlot{1}));
  const std::uint64_t incarnation = failed->snapshot->service(ServiceSlot{1})->incarnation;
  const std::uint64_t withdrawn = failed->snapshot->generation;
  compiler.withdraw(std::move(*failed));
  EXPECT_EQ(compiler.current(), first);
  // Slot 0 is in force, and slot 1 has connections from while the other snapshot was out.
  const SlotProbe probe{[](ServiceSlot s) { return s == ServiceSlot{1}; }, {}};
  const auto busy = compiler.compile(config({service("10.10.0.3", 80)}), probe);
  ASSERT_TRUE(busy.ok());
  EXPECT_THAT(busy->fresh_services, ElementsAre(ServiceSlot{2}));
  const auto idle = compiler.compile(config({service("10.10.0.3", 80)}), {});
  ASSERT_TRUE(idle.ok());
  EXPECT_THAT(idle->fresh_services, ElementsAre(ServiceSlot{1}));
  EXPECT_NE(idle->snapshot->service(ServiceSlot{1})->incarnation, incarnation);
  EXPECT_NE(idle->snapshot->generation, withdrawn);
  EXPECT_NE(idle->snapshot->generation, first->generation);
}

TEST(SnapshotCompiler, AnUnknownPoolIsAnError) {
  SnapshotCompiler compiler;
  Config c = config({service("10.10.0.1", 80)});
  c.lip_pools.clear();
  EXPECT_FALSE(compiler.compile(c, {}).ok());
}

/// Random reloads against the contract: a slot never has two names at once, a name keeps its slot while it is
/// given, and a busy slot never changes hands.
TEST(SnapshotCompiler, KeepsItsContractOverRandomReloads) {
  SnapshotCompiler compiler(40);
  std::uint32_t seed = 12345;
  const auto random = [&](std::uint32_t below) {
    return (seed = seed * 1664525 + 1013904223) / 65536 % below;
  };
  std::map<std::string, ServiceSlot> before;
  std::map<std::uint32_t, std::string> last_name;
  for (int round = 0; round < 500; ++round) {
    std::set<std::uint16_t> wanted;
    for (std::uint32_t i = random(12); i > 0; --i) wanted.insert(static_cast<std::uint16_t>(1 + random(60)));
    std::vector<ServiceConfig> services;
    for (const std::uint16_t port : wanted) services.push_back(service("10.10.0.1", port));
    std::set<std::uint32_t> busy;
    for (int i = 0; i < 5; ++i) busy.insert(random(40));
    const SlotProbe probe{[&](ServiceSlot s) { return busy.contains(s.value); }, {}};
    const auto made = compiled(compiler, config(services), probe);
    std::map<std::string, ServiceSlot> now;
    for (const auto& s : made.snapshot->services) {
      if (!s) continue;
      EXPECT_EQ(made.snapshot->service(s->slot), s.get());
      now[s->name] = s->slot;
      if (before.contains(s->name)) {
        EXPECT_EQ(before[s->name], s->slot);
      }
      const bool changed_hands = last_name.contains(s->slot.value) && last_name[s->slot.value] != s->name;
      if (changed_hands) {
        EXPECT_FALSE(busy.contains(s->slot.value));
      }
      for (const auto& [name, slot] : before) {
        if (slot == s->slot) {
          EXPECT_EQ(name, s->name) << "taken from the snapshot before";
        }
      }
      last_name[s->slot.value] = s->name;
    }
    EXPECT_EQ(now.size(), wanted.size());
    before = now;
  }
}

}  // namespace
}  // namespace hvs
