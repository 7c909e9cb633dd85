// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/fib_builder.h"

#include <gtest/gtest.h>

#include "tests/unit/netlink/fixture.h"

namespace hvs::netlink::test {
namespace {

using namespace std::chrono_literals;
constexpr MacAddr kMac{2, 0, 0, 0, 0, 0x21};
constexpr MacAddr kOther{2, 0, 0, 0, 0, 0x22};

TEST_F(MirrorTest, ANeighbourIsARowOnceItsMacIsKnown) {
  EXPECT_EQ(hop("10.1.0.21").kind, NextHop::Kind::unknown_neigh);
  apply(neighbour(3, "10.1.0.21", NUD_INCOMPLETE, {}));
  EXPECT_EQ(hop("10.1.0.21").kind, NextHop::Kind::adjacency);
  EXPECT_FALSE(row(3, "10.1.0.21").resolved);
  apply(neighbour(3, "10.1.0.21", NUD_REACHABLE, kMac));
  const Adjacency& resolved = row(3, "10.1.0.21");
  EXPECT_TRUE(resolved.resolved);
  EXPECT_EQ(resolved.dst, kMac);
  EXPECT_EQ(resolved.src, (MacAddr{2, 0, 0, 0, 0, 3}));
  EXPECT_EQ(resolved.port, PortId{1});
  EXPECT_EQ(resolved.vlan, 0);
  EXPECT_EQ(resolved.mtu, 9000);
}

TEST_F(MirrorTest, StatesOfNeighbours) {
  for (const int nud : {NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_PERMANENT, NUD_NOARP}) {
    apply(neighbour(2, "10.0.0.1", static_cast<std::uint16_t>(nud), kMac));
    EXPECT_TRUE(row(2, "10.0.0.1").resolved) << nud;
  }
  for (const int nud : {NUD_INCOMPLETE, NUD_FAILED, NUD_NONE}) {
    apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
    EXPECT_TRUE(row(2, "10.0.0.1").resolved) << nud;
    apply(neighbour(2, "10.0.0.1", static_cast<std::uint16_t>(nud), kMac));
    EXPECT_FALSE(row(2, "10.0.0.1").resolved) << nud;
  }
}

TEST_F(MirrorTest, AnAgeingNeighbourIsNoNews) {
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  fib();
  apply(neighbour(2, "10.0.0.1", NUD_STALE, kMac));
  fib();
  EXPECT_FALSE(published);
}

TEST_F(MirrorTest, AChangedMacShowsInTheRowAndNotInTheGeneration) {
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  const std::uint32_t generation = fib().generation;
  const AdjIndex index = hop("10.0.0.1").adj;
  const auto routes = last->routes;
  apply(neighbour(2, "10.0.0.1", NUD_STALE, kOther));
  EXPECT_EQ(row(2, "10.0.0.1").dst, kOther);
  EXPECT_EQ(hop("10.0.0.1").adj, index);
  EXPECT_EQ(last->generation, generation);
  EXPECT_EQ(last->routes, routes) << "a neighbour must not cost a copy of the routes";
}

TEST_F(MirrorTest, ARowOutlivesAFlushAndIsNeverAnothersWithoutANewGeneration) {
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  const AdjIndex index = hop("10.0.0.1").adj;
  apply(neighbour(2, "10.0.0.1", NUD_STALE, kMac, RTM_DELNEIGH));
  EXPECT_FALSE(row(2, "10.0.0.1").resolved);
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  EXPECT_TRUE(row(2, "10.0.0.1").resolved);
  EXPECT_EQ(hop("10.0.0.1").adj, index);

  apply(neighbour(2, "10.0.0.1", NUD_STALE, kMac, RTM_DELNEIGH));
  const std::uint32_t generation = fib().generation;
  builder.free_rows(now - 1s);
  fib();
  EXPECT_FALSE(published) << "lost a moment ago";
  apply(neighbour(2, "10.0.0.2", NUD_REACHABLE, kMac));
  EXPECT_NE(hop("10.0.0.2").adj, index) << "still the lost neighbour's";

  builder.free_rows(now + 1s);
  EXPECT_EQ(fib().generation, generation + 1);
  EXPECT_EQ(hop("10.0.0.1").kind, NextHop::Kind::unknown_neigh);
  apply(neighbour(2, "10.0.0.3", NUD_REACHABLE, kMac));
  EXPECT_EQ(hop("10.0.0.3").adj, index) << "rows are used again";
}

TEST_F(MirrorTest, AFullTableTakesTheRestWhenRowsAreFreed) {
  fib();
  for (const char* addr : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.6"}) {
    apply(neighbour(2, addr, NUD_REACHABLE, kMac));
  }
  EXPECT_EQ(fib().adjacencies.size(), 4U);
  EXPECT_EQ(hop("10.0.0.6").kind, NextHop::Kind::unknown_neigh);
  EXPECT_EQ(builder.limitations(state).size(), 1U);
  apply(neighbour(2, "10.0.0.2", NUD_FAILED, {}, RTM_DELNEIGH));
  fib();
  builder.free_rows(now);
  EXPECT_TRUE(row(2, "10.0.0.6").resolved);
}

TEST_F(MirrorTest, NeighboursElsewhereAndMulticastHaveNoRows) {
  apply(neighbour(4, "192.168.0.1", NUD_REACHABLE, kMac));
  apply(neighbour(2, "224.0.0.22", NUD_NOARP, kMac));
  apply(neighbour(2, "ff02::16", NUD_NOARP, kMac));
  EXPECT_TRUE(fib().adjacencies.empty());
}

TEST_F(MirrorTest, InterfacesAreThePortsAndTheVlansOnThem) {
  apply(link(10, "in0.100", {.mac = {2, 0, 0, 0, 0, 3}, .parent = 3, .vlan = 100}));
  apply(link(11, "mgmt0.7", {.parent = 4, .vlan = 7}));
  apply(link(12, "macvlan0", {.parent = 2}));
  apply(address(10, "10.100.0.5", 24));
  apply(neighbour(10, "10.100.0.1", NUD_REACHABLE, kMac));
  ASSERT_EQ(fib().interfaces.size(), 3U);
  const EgressInterface* vlan = fib().interface_of(10);
  ASSERT_NE(vlan, nullptr);
  EXPECT_EQ(vlan->port, PortId{1});
  EXPECT_EQ(vlan->vlan, 100);
  EXPECT_EQ(vlan->addresses, std::vector{ip("10.100.0.5")});
  EXPECT_EQ(row(10, "10.100.0.1").vlan, 100);
  EXPECT_EQ(fib().interface_of(11), nullptr);
  EXPECT_EQ(fib().interface_of(12), nullptr);
}

TEST_F(MirrorTest, MacAddressesOfThePortsUpOrDownAndZeroWhenGone) {
  EXPECT_EQ(fib().port_macs.at(1), (MacAddr{2, 0, 0, 0, 0, 3}));
  apply(link(3, "in0", {.flags = 0, .mac = {2, 0, 0, 0, 0, 4}}));
  EXPECT_EQ(fib().port_macs.at(1), (MacAddr{2, 0, 0, 0, 0, 4}));
  EXPECT_EQ(fib().interface_of(3), nullptr) << "down";
  apply(link(3, "in0", {.flags = 0, .mac = {2, 0, 0, 0, 0, 5}}));
  EXPECT_EQ(fib().port_macs.at(1), (MacAddr{2, 0, 0, 0, 0, 5}));
  EXPECT_TRUE(published);
  apply(link(3, "in0", {}, RTM_DELLINK));
  EXPECT_EQ(fib().port_macs.at(1), MacAddr{});
  EXPECT_TRUE(published);
  ASSERT_EQ(fib().port_macs.size(), 2U);
}

TEST_F(MirrorTest, OwnAddressesWidestScopeFirstAndOnlyWhenUsable) {
  apply(address(2, "fe80::1", 64, RTM_NEWADDR, RT_SCOPE_LINK));
  apply(address(2, "fd00::7", 64, RTM_NEWADDR, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE));
  EXPECT_EQ(fib().interface_of(2)->addresses.back(), ip("fe80::1"));
  EXPECT_EQ(fib().own_address(PortId{0}, 0, Family::ipv6), nullptr);
  apply(address(2, "fd00::7", 64));
  EXPECT_EQ(*fib().own_address(PortId{0}, 0, Family::ipv6), ip("fd00::7"));
  apply(address(2, "fd00::7", 64, RTM_NEWADDR, RT_SCOPE_UNIVERSE, IFA_F_DEPRECATED));
  apply(address(2, "fd00::9", 64));
  EXPECT_EQ(*fib().own_address(PortId{0}, 0, Family::ipv6), ip("fd00::9"));
}

TEST_F(MirrorTest, TheGenerationChangesWithRoutesLinksAndAddresses) {
  std::uint32_t generation = fib().generation;
  const auto changed = [&] { return std::exchange(generation, fib().generation) != generation; };
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  EXPECT_TRUE(changed());
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  EXPECT_FALSE(changed()) << "told twice";
  EXPECT_FALSE(published);
  apply(address(2, "10.0.0.6", 24));
  EXPECT_TRUE(changed());
  apply(link(2, "out0", {.mtu = 1400}));
  EXPECT_TRUE(changed());
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  EXPECT_FALSE(changed());
  EXPECT_TRUE(published);
}

TEST_F(MirrorTest, ALinkDownTakesItsInterfaceRowsAndRoutes) {
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  EXPECT_EQ(hop("10.9.1.1").kind, NextHop::Kind::adjacency);
  apply(link(2, "out0", {.flags = 0}));
  EXPECT_TRUE(changes.verify);
  EXPECT_EQ(hop("10.9.1.1").kind, NextHop::Kind::no_route);
  EXPECT_EQ(fib().interface_of(2), nullptr);
  EXPECT_FALSE(row(2, "10.0.0.1").resolved);
  // The kernel forgot the route without a word: it does not come back with the link.
  apply(link(2, "out0"));
  EXPECT_EQ(hop("10.9.1.1").kind, NextHop::Kind::no_route);
  EXPECT_NE(fib().interface_of(2), nullptr);
  EXPECT_TRUE(row(2, "10.0.0.1").resolved) << "the same row, whose neighbour the kernel still knows";
}

/// Routes may be taken over later than links.
TEST_F(MirrorTest, APortThatIsDownHasNoRouteAtOnce) {
  apply(link(7, "out0.9", {.parent = 2, .vlan = 9}));
  apply(route("10.7.0.0", 16, 7));
  apply(route("10.4.0.0", 16, 4));
  EXPECT_EQ(hop("10.7.0.1").kind, NextHop::Kind::unknown_neigh);
  const std::uint32_t generation = fib().generation;
  apply(link(2, "out0", {.flags = 0}));
  apply(link(7, "out0.9", {.flags = 0, .parent = 2, .vlan = 9}));
  apply(link(4, "mgmt0", {.flags = 0}));
  builder.note(changes, state, now);
  const auto early = builder.build(state, false, now);
  ASSERT_NE(early, nullptr);
  EXPECT_NE(early->generation, generation) << "workers look again";
  EXPECT_NE(early->routes->lookup(ip("10.0.0.1")), nullptr) << "it has the routes of before";
  EXPECT_EQ(early->next_hop(ip("10.0.0.1")).kind, NextHop::Kind::no_route);
  EXPECT_EQ(early->next_hop(ip("10.7.0.1")).kind, NextHop::Kind::no_route);
  EXPECT_EQ(early->next_hop(ip("10.4.0.1")).kind, NextHop::Kind::not_our_port);
  apply(link(2, "out0"));
  EXPECT_TRUE(fib().down == std::vector<std::uint32_t>{7});
}

TEST_F(MirrorTest, ADeletedLinkIsGone) {
  apply(link(3, "in0", {}, RTM_DELLINK));
  EXPECT_EQ(fib().interface_of(3), nullptr);
  EXPECT_EQ(hop("10.1.0.21").kind, NextHop::Kind::no_route);
}

TEST_F(MirrorTest, OtherPortsAreTakenOver) {
  fib();
  builder.set_ports({{PortId{5}, 4}});
  ASSERT_EQ(fib().interfaces.size(), 1U);
  EXPECT_EQ(last->interfaces[0].port, PortId{5});
  EXPECT_EQ(hop("10.0.0.1").kind, NextHop::Kind::not_our_port);
}

TEST_F(MirrorTest, APortHasNoMoreMtuThanItsBuffersHold) {
  builder.set_ports({{PortId{0}, 2}, {PortId{1}, 3, 2000}});
  apply(neighbour(3, "10.1.0.21", NUD_REACHABLE, kMac));
  EXPECT_EQ(row(3, "10.1.0.21").mtu, 2000) << "of 9,000";
  EXPECT_EQ(fib().interface_of(3)->mtu, 2000);
  ASSERT_EQ(builder.limitations(state).size(), 1U);
  EXPECT_EQ(builder.limitations(state)[0].find("the MTU of in0 is 9000 now; "), 0U);
  apply(link(3, "in0", {.mtu = 1600}));
  EXPECT_EQ(fib().interface_of(3)->mtu, 1600);
  EXPECT_TRUE(builder.limitations(state).empty());
}

TEST_F(MirrorTest, APortInABridgeIsTold) {
  EXPECT_TRUE(builder.limitations(state).empty());
  apply(link(9, "br0"));
  apply(link(2, "out0", {.master = 9}));
  ASSERT_EQ(builder.limitations(state).size(), 1U);
  EXPECT_NE(builder.limitations(state)[0].find("out0 belongs to br0"), std::string::npos);
}

}  // namespace
}  // namespace hvs::netlink::test
