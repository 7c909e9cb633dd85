// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using test::compiled;
using test::ip;

TEST(SnapshotCompiler, TunnelsStayForSlotsThatConnectionsCarry) {
  Config before;
  before.services.resize(1);
  before.services[0].vip = ip("10.10.0.1");
  before.services[0].port = L4Port{80};
  before.services[0].dests = {{ip("10.20.0.21"), L4Port{80}}, {ip("fd20::22"), L4Port{80}}};
  before.services[0].mode = ForwardingMode::tunnel;
  before.services[0].tunnel.type = TunnelType::gre;
  before.services[0].dests[1].tunnel = TunnelConfig{.type = TunnelType::gue, .port = L4Port{5555}};
  SnapshotCompiler compiler;
  const auto first = compiled(compiler, before).snapshot;
  const auto uses = [&](const Snapshot& s, const char* addr, IpProto protocol, std::uint16_t port) {
    return s.steer.dest_uses(service_key(ip(addr), static_cast<std::uint8_t>(protocol), Be16{port}));
  };
  const DestSlot gre = first->services[0]->dests[0].slot;
  const DestSlot gue = first->services[0]->dests[1].slot;
  ASSERT_NE(first->encap(gre, Family::ipv4), nullptr);
  EXPECT_EQ(first->encap(gre, Family::ipv4)->destination, ip("10.20.0.21"));
  EXPECT_EQ(first->encap(gue, Family::ipv4)->type, TunnelType::gue);
  EXPECT_EQ(uses(*first, "10.20.0.21", IpProto::gre, 0), std::uint32_t{HVS_STEER_DEST_TUNNEL});
  EXPECT_EQ(uses(*first, "fd20::22", IpProto::udp, 5555), std::uint32_t{HVS_STEER_DEST_TUNNEL});
  EXPECT_EQ(uses(*first, "10.20.0.21", IpProto::tcp, 80), 0U) << "its answers pass us by";

  Config after = before;
  after.services[0].dests.erase(after.services[0].dests.begin());
  bool busy = true;
  const SlotProbe probe{{}, [&](DestSlot slot) { return busy && slot == gre; }};
  EXPECT_NE(compiled(compiler, after, probe).snapshot->encap(gre, Family::ipv4), nullptr)
      << "workers may open connections yet";
  const auto third = compiled(compiler, after, probe).snapshot;
  EXPECT_NE(third->encap(gre, Family::ipv4), nullptr) << "it has connections";
  EXPECT_NE(uses(*third, "10.20.0.21", IpProto::gre, 0), 0U);
  busy = false;
  const auto fourth = compiled(compiler, after, probe).snapshot;
  EXPECT_EQ(fourth->encap(gre, Family::ipv4), nullptr);
  EXPECT_EQ(uses(*fourth, "10.20.0.21", IpProto::gre, 0), 0U);
  EXPECT_NE(fourth->encap(gue, Family::ipv4), nullptr);
}

}  // namespace
}  // namespace hvs
