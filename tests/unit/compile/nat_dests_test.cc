// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <vector>

#include "control/config/validate_parts.h"
#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using test::apply;
using test::ip;

/// One service in mode nat with these dests, without LIPs.
Config nat_config(std::vector<DestConfig> dests) {
  Config config;
  ServiceConfig service;
  service.name = "web";
  service.vip = ip("10.10.0.1");
  service.port = L4Port{80};
  service.mode = ForwardingMode::nat;
  service.dests = std::move(dests);
  config.services = {service};
  return config;
}

bool steers_from(const Snapshot& snapshot, const char* addr, std::uint16_t port) {
  return snapshot.steer.nat_dest(service_key(ip(addr), 6, Be16{port}));
}

TEST(SnapshotCompiler, DestsInModeNatAreSteeredUntilTheirServiceHasNoConnections) {
  DestConfig nat;
  nat.address = ip("10.20.0.21");
  nat.port = L4Port{80};
  DestConfig direct = nat;
  direct.address = ip("10.20.0.22");
  direct.port = L4Port{81};
  direct.mode = ForwardingMode::dr;
  const Config before = nat_config({nat, direct});
  SnapshotCompiler compiler;
  const auto first = apply(compiler, before);
  EXPECT_EQ(first->services[0]->lips, nullptr);
  EXPECT_TRUE(first->services[0]->has_nat_dests);
  EXPECT_EQ(first->services[0]->dests[0].mode, ForwardingMode::nat);
  EXPECT_EQ(first->services[0]->dests[1].mode, ForwardingMode::dr);
  EXPECT_TRUE(steers_from(*first, "10.20.0.21", 80));
  EXPECT_TRUE(steers_from(*first, "10.20.0.21", 0)) << "later fragments";
  EXPECT_FALSE(steers_from(*first, "10.20.0.21", 81));
  EXPECT_FALSE(steers_from(*first, "10.20.0.22", 81)) << "mode dr: its answers pass us by";

  Config after = before;
  after.services[0].dests[0].address = ip("10.20.0.23");
  bool busy = true;
  const SlotProbe probe{[&](ServiceSlot) { return busy; }, {}};
  const auto second = apply(compiler, after, probe);
  EXPECT_TRUE(steers_from(*second, "10.20.0.21", 80)) << "it has connections";
  EXPECT_TRUE(steers_from(*second, "10.20.0.23", 80));
  EXPECT_EQ(compiler.settle(probe), nullptr);
  busy = false;
  const auto settled = compiler.settle(probe);
  ASSERT_NE(settled, nullptr);
  EXPECT_FALSE(steers_from(*settled, "10.20.0.21", 80));
  EXPECT_TRUE(steers_from(*settled, "10.20.0.23", 80));
}

TEST(SnapshotCompiler, ConfigurationsAreJudgedByTheRowsThatTheirNatDestsTake) {
  std::vector<DestConfig> dests;
  for (const auto& [addr, port] :
       {std::pair{"10.20.0.21", 80}, {"10.20.0.21", 81}, {"10.20.0.22", 80}, {"fd20::1", 0}}) {
    dests.emplace_back().address = ip(addr);
    dests.back().port = L4Port{static_cast<std::uint16_t>(port)};
  }
  dests.emplace_back(dests.back()).mode = ForwardingMode::dr;
  Config config = nat_config(dests);
  config.services.push_back(config.services[0]);  // the same real servers for another VIP take no more
  config.services[1].name = "more";
  config.services[1].vip = ip("10.10.0.2");
  SnapshotCompiler compiler;
  const std::size_t rows = apply(compiler, config)->steer.rows().dests.size();
  EXPECT_EQ(rows, 6U);
  EXPECT_EQ(config::steer_dest_rows(config), rows);
}

TEST(SnapshotCompiler, ClientsOfFormerNatDestsKeepTheirWorkerWhileThereAreConnections) {
  DestConfig dest;
  dest.address = ip("10.20.0.21");
  dest.port = L4Port{80};
  const Config before = nat_config({dest});
  Config after = before;
  after.services[0].dests[0].mode = ForwardingMode::dr;
  SnapshotCompiler compiler;
  apply(compiler, before);
  bool busy = false;
  const SlotProbe probe{[&](ServiceSlot) { return busy; }, {}};
  EXPECT_TRUE(apply(compiler, after, probe)->services[0]->has_nat_dests)
      << "workers use the one before even now";
  busy = true;
  EXPECT_TRUE(apply(compiler, after, probe)->services[0]->has_nat_dests);
  busy = false;
  EXPECT_FALSE(apply(compiler, after, probe)->services[0]->has_nat_dests);
}

TEST(NatOwner, SpreadsClientsOverTheWorkers) {
  for (const unsigned workers : {1U, 2U, 3U, 16U, 64U}) {
    std::vector<unsigned> share(workers);
    constexpr unsigned kClients = 64000;
    for (unsigned n = 0; n < kClients; ++n) {
      const IpAddr client = IpAddr::v4(Be32{0xc0000200U + n / 1000});
      const WorkerId owner = nat_owner(client, L4Port{static_cast<std::uint16_t>(1024 + n % 1000)}, workers);
      ASSERT_LT(owner.value, workers);
      ++share[owner.value];
    }
    for (const unsigned count : share) {
      EXPECT_GT(count, kClients / workers * 8 / 10);
      EXPECT_LT(count, kClients / workers * 12 / 10);
    }
  }
}

}  // namespace
}  // namespace hvs
