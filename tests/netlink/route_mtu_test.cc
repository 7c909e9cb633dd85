// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "tests/netlink/fixture.h"

namespace hvs::test {
namespace {

// MTUs as the kernel itself sends by them (`ip route get`).
class RouteMtuTest : public MirrorTest {
 protected:
  void SetUp() override {
    MirrorTest::SetUp();
    if (IsSkipped()) return;
    net->run(
        "for i in 2 3; do ip neigh add 10.0.0.$i lladdr 02:00:00:00:00:02 dev p0 nud permanent; "
        "ip neigh add fd00::$i lladdr 02:00:00:00:00:02 dev p0 nud permanent; done");
  }
  /// Of packets to `destination`; 0: there is no resolved way.
  [[nodiscard]] unsigned mtu(const char* destination) const {
    const NextHop hop = fib().next_hop(ip(destination));
    if (hop.kind != NextHop::Kind::adjacency) return 0;
    const Adjacency& row = fib().adjacencies.at(hop.adj.index());
    EXPECT_EQ(row.mtu, hop.mtu);
    EXPECT_EQ(row.dst, (MacAddr{2, 0, 0, 0, 0, 2}));
    return row.resolved ? row.mtu : 0;
  }
  bool until_mtu(const char* destination, unsigned expected, std::chrono::milliseconds limit = 5s) {
    return until([&] { return mtu(destination) == expected; }, limit);
  }
};

TEST_F(RouteMtuTest, RoutesHaveMtus) {
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2 mtu 1400; ip route add 198.51.101.0/24 via 10.0.0.2");
  net->run("ip route add 198.51.102.0/24 via 10.0.0.2 mtu lock 1350");
  net->run("ip route add 198.51.103.0/24 via 10.0.0.2 mtu 9000; ip route add 10.0.0.3/32 dev p0 mtu 1450");
  net->run("ip -6 route add fd09::/32 via fd00::2 mtu 1400");
  start();
  EXPECT_EQ(mtu("198.51.100.1"), 1400U);
  EXPECT_EQ(mtu("198.51.101.1"), 1500U) << "by the same gateway";
  EXPECT_EQ(mtu("198.51.102.1"), 1350U);
  EXPECT_EQ(mtu("198.51.103.1"), 1500U) << "the interface does not take more";
  EXPECT_EQ(mtu("10.0.0.2"), 1500U);
  EXPECT_EQ(mtu("10.0.0.3"), 1450U) << "a route without a gateway";
  EXPECT_EQ(mtu("fd09::1"), 1400U);
  EXPECT_EQ(mtu("fd00::2"), 1500U);
  EXPECT_EQ(fib().next_hop(ip("10.0.0.9")).mtu, 1500) << "not resolved";
}

TEST_F(RouteMtuTest, AnMtuChanges) {
  start();
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2; ip -6 route add fd09::/32 via fd00::2");
  EXPECT_TRUE(until_mtu("198.51.100.1", 1500) && until_mtu("fd09::1", 1500));
  const std::uint32_t generation = fib().generation;
  net->run("ip route replace 198.51.100.0/24 via 10.0.0.2 mtu 1400");
  net->run("ip -6 route replace fd09::/32 via fd00::2 mtu 1400");
  EXPECT_TRUE(until_mtu("198.51.100.1", 1400) && until_mtu("fd09::1", 1400));
  EXPECT_GT(fib().generation, generation) << "connections look again";
  expect_as_the_kernel("with MTUs");
  net->run("ip route change 198.51.100.0/24 via 10.0.0.2 mtu 1300");
  net->run("ip -6 route change fd09::/32 via fd00::2 mtu 1300");
  EXPECT_TRUE(until_mtu("198.51.100.1", 1300) && until_mtu("fd09::1", 1300));
  net->run("ip route replace 198.51.100.0/24 via 10.0.0.2; ip -6 route replace fd09::/32 via fd00::2");
  EXPECT_TRUE(until_mtu("198.51.100.1", 1500) && until_mtu("fd09::1", 1500));
  net->run("ip route append 198.51.100.0/24 via 10.0.0.2 mtu 1400");
  net->run("ip route del 198.51.100.0/24 via 10.0.0.2 mtu 1400; ip -6 route del fd09::/32");
  EXPECT_TRUE(until_via("fd09::1", "none"));
  EXPECT_EQ(mtu("198.51.100.1"), 1500U) << "of two routes that differ in the MTU alone, the other went";
  expect_as_the_kernel("at the end");
}

TEST_F(RouteMtuTest, AllHopsOfARouteHaveItsMtu) {
  net->run("ip route add 198.51.100.0/24 mtu 1400 nexthop via 10.0.0.2 nexthop via 192.168.7.2");
  net->run("ip -6 route add fd09::/32 mtu 1400 nexthop via fd00::2 nexthop via fd00::3");
  net->run("ip route add 198.51.101.0/24 mtu 1400 nexthop via 10.0.0.3 nexthop via 10.0.0.2");
  net->run("ip nexthop add id 7 via 10.0.0.2 dev p0; ip route add 198.51.102.0/24 nhid 7 mtu 1400");
  start();
  EXPECT_EQ(mtu("198.51.100.1"), 1400U);
  EXPECT_EQ(mtu("198.51.101.1"), 1400U);
  EXPECT_EQ(mtu("198.51.102.1"), 1400U);
  EXPECT_EQ(mtu("fd09::1"), 1400U);
  net->run("ip -6 route del fd09::/32 via fd00::2");
  EXPECT_TRUE(until_via("fd09::1", "fd00::3"));
  EXPECT_EQ(mtu("fd09::1"), 1400U);
  expect_as_the_kernel("a hop less");
}

TEST_F(RouteMtuTest, Ipv6HasAnMtuOfItsOwn) {
  net->run("echo 1300 > /proc/sys/net/ipv6/conf/p0/mtu");
  net->run("ip route add 198.51.100.0/24 via inet6 fd00::2; ip -6 route add fd09::/32 via fd00::2 mtu 1290");
  start();
  EXPECT_EQ(mtu("fd00::2"), 1300U);
  EXPECT_EQ(mtu("fd09::1"), 1290U);
  EXPECT_EQ(mtu("10.0.0.2"), 1500U);
  EXPECT_EQ(mtu("198.51.100.1"), 1500U) << "an IPv4 packet, whatever its gateway's family";
  EXPECT_EQ(fib().interfaces.at(0).mtu, 1500) << "of the link";
  // A link's new MTU becomes IPv6's, but the message tells the former one.
  net->run("ip link set p0 mtu 1400");
  EXPECT_TRUE(until([&] { return mtu("fd00::2") == 1400 && mtu("10.0.0.2") == 1400; }));
  net->run("ip link set p0 mtu 1600");
  EXPECT_TRUE(until([&] { return mtu("fd00::2") == 1600 && mtu("10.0.0.2") == 1600; }));
  pump(500ms);
  expect_as_the_kernel("larger again");
}

// The kernel tells nobody: seen with the next dump, or soon after the link's next message.
TEST_F(RouteMtuTest, AnMtuOfIpv6SetByHand) {
  start({.resync_interval = 1s});
  EXPECT_EQ(mtu("fd00::2"), 1500U);
  net->run("echo 1300 > /proc/sys/net/ipv6/conf/p0/mtu");
  EXPECT_TRUE(until_mtu("fd00::2", 1300));
  EXPECT_EQ(mirror->stats().differences, 1U) << "said in the log";
  net->run("echo 1500 > /proc/sys/net/ipv6/conf/p0/mtu");
  EXPECT_TRUE(until_mtu("fd00::2", 1500));

  start();
  net->run("echo 1300 > /proc/sys/net/ipv6/conf/p0/mtu; ip link set p0 alias one");
  EXPECT_TRUE(until_mtu("fd00::2", 1300, 2s));
}

// The kernel lowers and raises the MTU of IPv6 routes with the link's, and tells nobody.
TEST_F(RouteMtuTest, MtusOfIpv6RoutesFollowTheLinks) {
  net->run("ip -6 route add fd09::/32 via fd00::2 mtu 1450");
  start();
  EXPECT_EQ(mtu("fd09::1"), 1450U);
  net->run("ip link set p0 mtu 1400");
  EXPECT_TRUE(until_mtu("fd09::1", 1400));
  net->run("ip link set p0 mtu 1500");
  EXPECT_TRUE(until_mtu("fd00::2", 1500));
  pump(500ms);
  EXPECT_EQ(mtu("fd09::1"), 1500U);
  expect_as_the_kernel("raised");
  net->run("ip link set p0 mtu 1400; ip -6 route del fd09::/32");
  EXPECT_TRUE(until_via("fd09::1", "none")) << "its MTU is not the one that we knew";
}

}  // namespace
}  // namespace hvs::test
