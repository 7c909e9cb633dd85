// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/route_mtus.h"

#include <gtest/gtest.h>

#include "tests/unit/netlink/fixture.h"

namespace hvs::netlink::test {
namespace {

using namespace std::chrono_literals;
constexpr MacAddr kMac{2, 0, 0, 0, 0, 0x21};

/// Interface 2 has an MTU of 1500.
class RouteMtu : public MirrorTest {
 protected:
  RouteMtu() {
    apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
    apply(neighbour(2, "10.0.0.2", NUD_REACHABLE, kMac));
  }
  /// Of packets to `destination`; 0: there is no resolved way.
  unsigned mtu(const char* destination) {
    const NextHop h = hop(destination);
    if (h.kind != NextHop::Kind::adjacency) return 0;
    const Adjacency& row = last->adjacencies.at(h.adj.index());
    EXPECT_EQ(row.mtu, h.mtu);
    return row.resolved ? row.mtu : 0;
  }
};

TEST_F(RouteMtu, OnlyNeighboursWithSuchWaysHaveMoreRows) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}));
  apply(route("10.8.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}));
  apply(route("10.7.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 9000}));
  apply(route("10.6.0.0", 16, 2, {.via = "10.0.0.1"}));
  apply(route("10.5.0.0", 16, 4, {.via = "192.168.0.1", .mtu = 1300}));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
  EXPECT_EQ(mtu("10.8.1.1"), 1400U);
  EXPECT_EQ(mtu("10.7.1.1"), 1500U);
  EXPECT_EQ(mtu("10.6.1.1"), 1500U);
  EXPECT_EQ(fib().adjacencies.size(), 3U);
  apply(neighbour(2, "10.0.0.1", NUD_STALE, kMac, RTM_DELNEIGH));
  fib();
  builder.free_rows(now);
  apply(route("10.0.0.0", 24, 2, {.source = "10.0.0.5"}, RTM_DELROUTE));
  apply(route("10.0.0.0", 24, 2, {.source = "10.0.0.5", .mtu = 1450}));
  EXPECT_EQ(mtu("10.0.0.2"), 1450U) << "without a gateway: any neighbour";
  apply(neighbour(2, "10.0.0.1", NUD_REACHABLE, kMac));
  EXPECT_EQ(mtu("10.6.1.1"), 1500U) << "the route to a gateway itself says nothing of those through it";
}

TEST_F(RouteMtu, ANeighbourComesChangesAndGoesWithAllOfItsRows) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.3", .mtu = 1400}));
  EXPECT_EQ(hop("10.9.1.1").kind, NextHop::Kind::unknown_neigh);
  EXPECT_EQ(hop("10.9.1.1").mtu, 1400) << "known before the neighbour is";
  apply(neighbour(2, "10.0.0.3", NUD_REACHABLE, kMac));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
  const AdjIndex index = hop("10.9.1.1").adj;
  ASSERT_NE(builder.adjacencies().owner(index), nullptr);
  EXPECT_EQ(builder.adjacencies().owner(index)->addr, ip("10.0.0.3")) << "its use keeps the neighbour alive";
  const std::uint32_t generation = last->generation;
  apply(neighbour(2, "10.0.0.3", NUD_REACHABLE, {2, 0, 0, 0, 0, 0x23}));
  EXPECT_EQ(fib().adjacencies.at(index.index()).dst, (MacAddr{2, 0, 0, 0, 0, 0x23}));
  EXPECT_EQ(last->generation, generation);
  apply(neighbour(2, "10.0.0.3", NUD_STALE, kMac, RTM_DELNEIGH));
  EXPECT_FALSE(fib().adjacencies.at(index.index()).resolved);
  apply(neighbour(2, "10.0.0.3", NUD_REACHABLE, kMac));
  EXPECT_EQ(hop("10.9.1.1").adj, index);
  apply(link(2, "out0", {.flags = 0}));
  EXPECT_FALSE(fib().adjacencies.at(index.index()).resolved) << "its interface is down";
}

TEST_F(RouteMtu, RowsOfMtusThatNoWayHasAreGivenBack) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
  const AdjIndex index = hop("10.9.1.1").adj;
  const std::uint32_t generation = last->generation;
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1300}, RTM_NEWROUTE, NLM_F_REPLACE));
  EXPECT_EQ(mtu("10.9.1.1"), 1300U);
  EXPECT_GT(last->generation, generation);
  EXPECT_FALSE(last->adjacencies.at(index.index()).resolved) << "nobody's way";
  builder.free_rows(now);
  EXPECT_EQ(builder.adjacencies().owner(index), nullptr);
  EXPECT_EQ(mtu("10.9.1.1"), 1300U);
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}, RTM_NEWROUTE, NLM_F_REPLACE));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
  EXPECT_EQ(hop("10.9.1.1").adj, index) << "used again";
}

TEST_F(RouteMtu, TheInterfacesMtuIsTheMost) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}));
  apply(link(2, "out0", {.mtu = 1300}));
  EXPECT_EQ(mtu("10.9.1.1"), 1300U);
  apply(link(2, "out0", {.mtu = 1500}));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
}

TEST_F(RouteMtu, Ipv6FollowsTheAdvertisedMtu) {
  apply(address(2, "fd00::5", 64));
  apply(route("fd00::", 64, 2));
  apply(route("fd09::", 32, 2, {.via = "fd00::1", .mtu = 1400}));
  apply(neighbour(2, "fd00::1", NUD_REACHABLE, kMac));
  EXPECT_EQ(mtu("fd00::1"), 1500U);
  const std::uint32_t generation = last->generation;
  changes = {};
  apply(ipv6_link(2, 1300));
  EXPECT_TRUE(changes.verify) << "routes have it, too, now, and nothing says so";
  EXPECT_EQ(mtu("fd00::1"), 1300U);
  EXPECT_EQ(mtu("fd09::1"), 1300U);
  EXPECT_EQ(mtu("10.0.0.1"), 1500U);
  EXPECT_EQ(last->interface_of(2)->mtu, 1500);
  EXPECT_GT(last->generation, generation);
  apply(ipv6_link(2, 1500));
  EXPECT_EQ(mtu("fd00::1"), 1500U);
  EXPECT_EQ(mtu("fd09::1"), 1400U);
  apply(ipv6_link(77, 1300));  // of a link that nobody told of
}

TEST_F(RouteMtu, ALinksOwnEventTellsTheIpv6MtuOfBefore) {
  apply(link(2, "out0", {.ipv6_mtu = 1300}), MirrorState::Origin::dump);
  EXPECT_EQ(fib().interface_of(2)->ipv6_mtu, 1300);
  changes = {};
  apply(link(2, "out0", {.mtu = 9000, .ipv6_mtu = 1300}));
  EXPECT_TRUE(changes.verify);
  EXPECT_EQ(fib().interface_of(2)->ipv6_mtu, 0) << "the kernel sets IPv6's, too, a moment later";
  apply(link(2, "out0", {.mtu = 9000, .ipv6_mtu = 1300}));
  EXPECT_TRUE(changes.verify) << "set by hand, or of before: a dump will tell";
  EXPECT_EQ(fib().interface_of(2)->ipv6_mtu, 0);
}

TEST_F(RouteMtu, AnIpv6RouteIsTheSameOneWhateverItsMtu) {
  apply(route("fd00::", 64, 2));
  apply(neighbour(2, "fd00::1", NUD_REACHABLE, kMac));
  apply(route("fd09::", 32, 2, {.via = "fd00::1", .mtu = 1400}));
  apply(route("fd08::", 32, 2, {.mtu = 1400}));
  apply(route("fd09::", 32, 2, {.via = "fd00::1", .mtu = 1350}), MirrorState::Origin::dump);
  EXPECT_EQ(mtu("fd09::1"), 1350U);
  apply(route("fd08::", 32, 2, {.mtu = 1350}, RTM_NEWROUTE, NLM_F_REPLACE));
  EXPECT_EQ(hop("fd08::1").mtu, 1350);
  EXPECT_EQ(state.routes().map().at({{ip("fd08::"), 32}, RT_TABLE_MAIN, 0}).size(), 1U);
  apply(route("fd09::", 32, 2, {.via = "fd00::1", .mtu = 1300}, RTM_DELROUTE));
  apply(route("fd08::", 32, 2, {}, RTM_DELROUTE));
  EXPECT_EQ(hop("fd09::1").kind, NextHop::Kind::no_route);
  EXPECT_EQ(hop("fd08::1").kind, NextHop::Kind::no_route);
}

TEST_F(RouteMtu, Ipv4RoutesMayDifferInTheMtuAlone) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  apply(
      route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .mtu = 1400}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND));
  EXPECT_EQ(mtu("10.9.1.1"), 1500U);
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}, RTM_DELROUTE));
  EXPECT_EQ(mtu("10.9.1.1"), 1400U);
}

}  // namespace
}  // namespace hvs::netlink::test
