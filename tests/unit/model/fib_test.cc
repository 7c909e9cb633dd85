// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/fib.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace hvs {
namespace {

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }
Route route(const char* addr, std::uint8_t length, std::uint32_t ifindex, const char* gateway = nullptr,
            std::uint32_t metric = 0) {
  Route r;
  r.prefix = {ip(addr), length};
  r.ifindex = ifindex;
  r.metric = metric;
  if (gateway != nullptr) {
    r.gateway = ip(gateway);
    r.has_gateway = true;
  }
  return r;
}

TEST(RouteTable, LongestPrefixThenLowestMetric) {
  const RouteTable table({route("0.0.0.0", 0, 1, "10.0.0.1"), route("10.0.0.0", 8, 2),
                          route("10.1.0.0", 16, 3, nullptr, 20), route("10.1.0.0", 16, 4, nullptr, 10),
                          route("::", 0, 5, "fe80::1"), route("fd00::", 9, 6)});
  EXPECT_EQ(table.lookup(ip("192.0.2.1"))->ifindex, 1U);
  EXPECT_EQ(table.lookup(ip("10.9.9.9"))->ifindex, 2U);
  EXPECT_EQ(table.lookup(ip("10.1.2.3"))->ifindex, 4U);
  EXPECT_EQ(table.lookup(ip("2001:db8::1"))->ifindex, 5U);
  EXPECT_EQ(table.lookup(ip("fd7f::1"))->ifindex, 6U);
  EXPECT_EQ(table.lookup(ip("fd80::1"))->ifindex, 5U);
}

// The oracle asks every route.
TEST(RouteTable, AgreesWithALinearSearch) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same every time
  std::vector<Route> routes;
  for (int i = 0; i < 3000; ++i) {
    const auto length = static_cast<std::uint8_t>(random() % 33);
    const std::uint32_t addr = 0x0a000000U | (random() & 0x003fffffU);
    Route r;
    r.prefix = {IpAddr::v4(Be32{length == 0 ? 0 : addr & (~0U << (32 - length))}), length};
    r.metric = static_cast<std::uint32_t>(i);
    routes.push_back(r);
  }
  const RouteTable table(routes);
  for (int i = 0; i < 3000; ++i) {
    const IpAddr addr = IpAddr::v4(Be32{0x0a000000U | (static_cast<std::uint32_t>(random()) & 0x007fffffU)});
    const Route* best = nullptr;
    for (const Route& r : routes) {
      if (r.prefix.contains(addr) && (best == nullptr || r.prefix.length > best->prefix.length)) best = &r;
    }
    const Route* found = table.lookup(addr);
    ASSERT_EQ(found == nullptr, best == nullptr) << addr.text();
    if (best != nullptr) {
      EXPECT_EQ(*found, *best) << addr.text();
    }
  }
}

TEST(RouteTable, EmptyTableHasNoRoute) { EXPECT_EQ(RouteTable({}).lookup(ip("10.0.0.1")), nullptr); }

TEST(Fib, NextHopTellsEveryCaseApart) {
  Fib fib;
  Route own = route("10.0.0.5", 32, 2);
  own.kind = Route::Kind::local;
  fib.routes = std::make_shared<RouteTable>(std::vector<Route>{
      route("10.0.0.0", 24, 2), own, route("10.9.0.0", 16, 9), route("10.8.0.0", 16, 2, "10.0.0.1")});
  fib.interfaces.push_back({2, PortId{0}, 0, 1500, 0, {}, {ip("10.0.0.5")}});
  fib.adjacencies.resize(4);
  fib.neighbours[{{2, ip("10.0.0.1")}}] = AdjIndex{3};
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).kind, NextHop::Kind::adjacency);
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).adj, AdjIndex{3});
  EXPECT_EQ(fib.next_hop(ip("10.0.0.7")).kind, NextHop::Kind::unknown_neigh);
  EXPECT_EQ(fib.next_hop(ip("10.0.0.7")).gateway, ip("10.0.0.7"));
  EXPECT_EQ(fib.next_hop(ip("10.0.0.5")).kind, NextHop::Kind::local);
  EXPECT_EQ(fib.next_hop(ip("10.9.0.1")).kind, NextHop::Kind::not_our_port);
  fib.down = {9};
  EXPECT_EQ(fib.next_hop(ip("10.9.0.1")).kind, NextHop::Kind::no_route) << "of a port that is down";
  EXPECT_EQ(fib.next_hop(ip("11.0.0.1")).kind, NextHop::Kind::no_route);
  ASSERT_NE(fib.own_address(PortId{0}, 0, Family::ipv4), nullptr);
  EXPECT_EQ(fib.own_address(PortId{0}, 0, Family::ipv6), nullptr);
}

TEST(Fib, ARouteThatOnlyTheKernelCanUseIsNotOurs) {
  Fib fib;
  Route tunnel = route("10.8.0.0", 16, 2, "10.0.0.1");
  tunnel.kind = Route::Kind::elsewhere;
  fib.routes = std::make_shared<RouteTable>(std::vector<Route>{tunnel});
  fib.interfaces.push_back({2, PortId{0}, 0, 1500, 0, {}, {}});
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).kind, NextHop::Kind::not_our_port);
}

TEST(Fib, MtusOfRoutesAndOfIpv6) {
  EgressInterface interface;
  EXPECT_EQ(interface.mtu_for(Family::ipv4), 1500);
  EXPECT_EQ(interface.mtu_for(Family::ipv6), 1500);
  interface.ipv6_mtu = 1300;
  EXPECT_EQ(interface.mtu_for(Family::ipv4), 1500);
  EXPECT_EQ(interface.mtu_for(Family::ipv6), 1300);
  EXPECT_EQ(interface.mtu_for(Family::ipv4, 1400), 1400);
  EXPECT_EQ(interface.mtu_for(Family::ipv6, 1400), 1300);
  EXPECT_EQ(interface.mtu_for(Family::ipv4, 9000), 1500);
  EXPECT_EQ(interface.mtu_for(Family::ipv4, 1), 68);
  EXPECT_EQ(interface.mtu_for(Family::ipv6, 1), 1280);
}

TEST(Fib, ANeighbourHasARowForEachMtuOfWaysToIt) {
  Fib fib;
  Route smaller = route("10.8.0.0", 16, 2, "10.0.0.1");
  smaller.mtu = 1400;
  Route none = route("10.7.0.0", 16, 2, "10.0.0.1");
  Route larger = route("10.6.0.0", 16, 2, "10.0.0.1");
  larger.mtu = 9000;
  fib.routes = std::make_shared<RouteTable>(std::vector<Route>{smaller, none, larger});
  EXPECT_EQ(fib.routes->least_mtu(), 1400);
  fib.interfaces.push_back({2, PortId{0}, 0, 1500, 0, {}, {}});
  fib.neighbours[{{2, ip("10.0.0.1")}}] = AdjIndex{3};
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).kind, NextHop::Kind::unknown_neigh) << "never by the other MTU";
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).mtu, 1400);
  fib.neighbours[{{2, ip("10.0.0.1")}, 1400}] = AdjIndex{1};
  EXPECT_EQ(fib.next_hop(ip("10.8.1.1")).adj, AdjIndex{1});
  EXPECT_EQ(fib.next_hop(ip("10.7.1.1")).adj, AdjIndex{3});
  EXPECT_EQ(fib.next_hop(ip("10.6.1.1")).adj, AdjIndex{3});
  EXPECT_EQ(fib.next_hop(ip("10.6.1.1")).mtu, 1500);
}

TEST(Fib, ALinkLocalAddressIsNoSourceForErrors) {
  Fib fib;
  fib.interfaces.push_back({2, PortId{0}, 0, 1500, 0, {}, {ip("fe80::1")}});
  EXPECT_EQ(fib.own_address(PortId{0}, 0, Family::ipv6), nullptr) << "no router forwards what comes from it";
  fib.interfaces[0].addresses = {ip("febf::1"), ip("fec0::1")};
  EXPECT_EQ(*fib.own_address(PortId{0}, 0, Family::ipv6), ip("fec0::1"));
}

}  // namespace
TEST(Fib, OnlyAResolvedUntaggedNextHopIsPlain) {
  Fib fib;
  fib.adjacencies.resize(4);
  for (Adjacency& row : fib.adjacencies) {
    row.mtu = 1400;
    row.resolved = true;
  }
  fib.adjacencies[1].resolved = false;
  fib.adjacencies[2].vlan = 7;
  fib.adjacencies[3].mtu = 9000;
  fib.set_plain_mtus();
  EXPECT_EQ(fib.adjacencies[0].plain_mtu, 1400);
  EXPECT_EQ(fib.adjacencies[1].plain_mtu, 0);
  EXPECT_EQ(fib.adjacencies[2].plain_mtu, 0);
  EXPECT_EQ(fib.adjacencies[3].plain_mtu, 9000);
}

}  // namespace hvs
