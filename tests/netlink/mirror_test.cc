// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/mirror.h"

#include <gtest/gtest.h>

#include "tests/netlink/fixture.h"

namespace hvs::test {
namespace {

TEST_F(MirrorTest, StartsWithWhatIsThere) {
  net->run("ip route add default via 10.0.0.2");
  net->run("ip -6 route add default via fd00::2");
  start();
  EXPECT_EQ(via("10.0.0.1"), "local");
  EXPECT_EQ(via("fd00::1"), "local");
  EXPECT_EQ(via("10.0.0.9"), "10.0.0.9");
  EXPECT_EQ(via("fd00::9"), "fd00::9");
  EXPECT_EQ(via("198.51.100.1"), "10.0.0.2");
  EXPECT_EQ(via("2001:db8::1"), "fd00::2");
  EXPECT_EQ(via("192.168.7.9"), "elsewhere");
  EXPECT_EQ(via("10.0.0.255"), "none") << "a broadcast address";
  ASSERT_EQ(fib().interfaces.size(), 1U);
  EXPECT_EQ(fib().interfaces[0].addresses[0], ip("10.0.0.1"));
  EXPECT_EQ(*fib().own_address(PortId{0}, 0, Family::ipv6), ip("fd00::1"));
}

TEST_F(MirrorTest, RoutesComeChangeAndGo) {
  start();
  std::uint32_t generation = fib().generation;
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.2"));
  EXPECT_GT(fib().generation, generation);
  net->run("ip route replace 198.51.100.0/24 via 10.0.0.3");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.3"));
  net->run("ip route prepend 198.51.100.0/24 via 10.0.0.4; ip route append 198.51.100.0/24 via 10.0.0.5");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.4"));
  net->run("ip route del 198.51.100.0/24 via 10.0.0.4; ip route del 198.51.100.0/24 via 10.0.0.3");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.5"));
  net->run("ip route add blackhole 198.51.100.128/25");
  EXPECT_TRUE(until_via("198.51.100.200", "none"));
  net->run("ip route flush proto boot; ip -6 route add fd09::/32 via fd00::2");
  EXPECT_TRUE(until_via("198.51.100.1", "none"));
  EXPECT_TRUE(until_via("fd09::1", "fd00::2"));
  net->run("ip -6 route replace fd09::/32 via fd00::3");
  EXPECT_TRUE(until_via("fd09::1", "fd00::3"));
  net->run("ip -6 route del fd09::/32");
  EXPECT_TRUE(until_via("fd09::1", "none"));
  expect_as_the_kernel("at the end");
}

TEST_F(MirrorTest, AddressesComeAndGo) {
  start();
  net->run("ip addr add 10.5.0.1/24 dev p0; ip addr add fd05::1/64 dev p0");
  EXPECT_TRUE(until_via("10.5.0.1", "local"));
  EXPECT_TRUE(until_via("10.5.0.9", "10.5.0.9"));
  EXPECT_TRUE(until([&] { return fib().interfaces.at(0).addresses.size() >= 4; }))
      << "fd05::1 is usable after DAD";
  net->run("ip addr flush dev p0");
  EXPECT_TRUE(until_via("10.5.0.9", "none"));
  EXPECT_TRUE(until_via("fd00::9", "none"));
  EXPECT_TRUE(until([&] { return fib().interfaces.at(0).addresses.empty(); }));
  expect_as_the_kernel("without addresses");
}

TEST_F(MirrorTest, ALinkGoesDownAndUp) {
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2");
  start();
  net->run("ip link set p0 down");
  EXPECT_TRUE(until([&] { return fib().interfaces.empty(); }));
  EXPECT_EQ(via("198.51.100.1"), "none") << "whether the routes are gone yet or not";
  EXPECT_EQ(via("fd00::9"), "none");
  EXPECT_TRUE(until([&] {
    const RouteTable& routes = *fib().routes;
    return routes.lookup(ip("198.51.100.1")) == nullptr && routes.lookup(ip("fd00::9")) == nullptr;
  }));
  expect_as_the_kernel("down");
  net->run("ip link set p0 up");
  EXPECT_TRUE(until_via("10.0.0.9", "10.0.0.9"));
  pump(500ms);
  EXPECT_EQ(via("198.51.100.1"), "none") << "the kernel dropped it without a message";
  expect_as_the_kernel("up again");
}

TEST_F(MirrorTest, ADownUpTooQuickToBeSeenLeavesNoGhosts) {
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2");
  start();
  net->run("ip link set p0 down; ip link set p0 up");
  EXPECT_TRUE(until_via("198.51.100.1", "none"));
  pump(500ms);
  expect_as_the_kernel("after the flap");
}

TEST_F(MirrorTest, ALinkIsDeletedAndMadeAgain) {
  start();
  net->run("ip link del p0");
  EXPECT_TRUE(until([&] { return fib().interfaces.empty(); }));
  EXPECT_TRUE(until_via("10.0.0.9", "none"));
  net->run("ip link add p0 type veth peer name q0; ip link set p0 up; ip addr add 10.0.0.1/24 dev p0");
  p0 = if_nametoindex("p0");
  pump(50ms);
  mirror->set_ports({{PortId{0}, p0}});
  EXPECT_TRUE(until_via("10.0.0.9", "10.0.0.9"));
}

TEST_F(MirrorTest, MtuAndMacOfThePort) {
  start();
  net->run("ip link set p0 mtu 1400; ip link set p0 address 02:00:00:00:00:aa");
  EXPECT_TRUE(until([&] { return fib().interfaces.at(0).mtu == 1400; }));
  EXPECT_TRUE(until([&] { return fib().interfaces.at(0).mac == MacAddr{2, 0, 0, 0, 0, 0xaa}; }));
}

TEST_F(MirrorTest, VlansOnThePortAreItsInterfaces) {
  if (!Namespaces::try_run("ip link add link p0 name p0.7 type vlan id 7 2>/dev/null")) {
    GTEST_SKIP() << "this kernel has no vlan devices";
  }
  net->run("ip link set p0.7 up; ip addr add 10.7.0.1/24 dev p0.7");
  start();
  ASSERT_EQ(fib().interfaces.size(), 2U);
  EXPECT_EQ(fib().interface_of(if_nametoindex("p0.7"))->vlan, 7);
}

TEST_F(MirrorTest, MultipathLosesALeg) {
  net->run("ip route add 198.51.100.0/24 nexthop via 10.0.0.2 nexthop via 192.168.7.2");
  start();
  EXPECT_EQ(via("198.51.100.1"), "10.0.0.2");
  net->run("ip link set p0 down");
  EXPECT_TRUE(until_via("198.51.100.1", "elsewhere"));
  net->run("ip -6 route add fd09::/32 nexthop via fe80::1 dev n0 nexthop via fe80::2 dev n0");
  EXPECT_TRUE(until_via("fd09::1", "elsewhere"));
  net->run("ip -6 route del fd09::/32 via fe80::1 dev n0");
  pump(50ms);
  expect_as_the_kernel("one leg each");
}

TEST_F(MirrorTest, RoutesThatEncapsulateAreNotOurs) {
  net->run("ip route add 198.51.100.0/24 encap ip id 5 dst 10.0.0.9 via 10.0.0.2 dev p0");
  net->run("ip -6 route add fd09::/32 encap seg6 mode encap segs fd00::2 dev p0");
  net->run("ip -6 route add fd0a::/32 encap ip6 id 5 dst fd00::9 via fd00::2 dev p0");
  net->run(
      "ip route add 198.51.101.0/24 nexthop encap ip id 5 dst 10.0.0.9 via 10.0.0.2 nexthop via 10.0.0.3");
  net->run(
      "ip nexthop add id 7 encap ip id 5 dst 10.0.0.9 via 10.0.0.2 dev p0; "
      "ip nexthop add id 8 encap ip6 id 5 dst fd00::9 via fd00::2 dev p0; ip nexthop add id 9 group 7");
  net->run("ip route add 198.51.102.0/24 nhid 7; ip route add 198.51.103.0/24 nhid 9");
  net->run("ip -6 route add fd0b::/32 nhid 8");
  start();
  for (const char* destination :
       {"198.51.100.1", "198.51.101.1", "198.51.102.1", "198.51.103.1", "fd09::1", "fd0a::1", "fd0b::1"}) {
    EXPECT_EQ(via(destination), "elsewhere") << destination;
  }
  net->run("ip route replace 198.51.100.0/24 via 10.0.0.2");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.2"));
  net->run("ip -6 route del fd09::/32");
  EXPECT_TRUE(until_via("fd09::1", "none"));
  net->run("ip nexthop replace id 7 via 10.0.0.2 dev p0");
  EXPECT_TRUE(until_via("198.51.102.1", "10.0.0.2"));
  expect_as_the_kernel("fewer");
}

TEST_F(MirrorTest, RulesSetTheOrderOfTables) {
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2; ip route add 198.51.100.0/24 via 10.0.0.3 table 100");
  start();
  EXPECT_EQ(via("198.51.100.1"), "10.0.0.2");
  net->run("ip rule add pref 500 lookup 100");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.3"));
  net->run("ip rule del pref 500");
  EXPECT_TRUE(until_via("198.51.100.1", "10.0.0.2"));
}

TEST_F(MirrorTest, StoppedItLetsTheReactorEnd) {
  start();
  mirror->stop();
  io.restart();
  const auto began = std::chrono::steady_clock::now();
  io.run();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_FALSE(mirror->resolve(p0, ip("10.0.0.2")));
}

}  // namespace
}  // namespace hvs::test
