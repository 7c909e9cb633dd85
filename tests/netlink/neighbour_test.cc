// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <vector>

#include "tests/netlink/fixture.h"

namespace hvs::test {
namespace {

class Neighbours : public MirrorTest {
 protected:
  MacAddr peer_mac{2, 0, 0, 0, 0, 0x99};
  void SetUp() override {
    MirrorTest::SetUp();
    if (IsSkipped()) return;
    net->peer("ip link set q0 address 02:00:00:00:00:99");
  }
  /// The kernel's clocks of neighbours run fast, so that a test sees them age.
  void hurry() {
    const std::string dirs = "for d in /proc/sys/net/ipv[46]/neigh/p0; do ";
    net->run(dirs +
             "echo 500 >$d/base_reachable_time_ms; echo 100 >$d/retrans_time_ms; echo 1 "
             ">$d/delay_first_probe_time; done");
  }
  bool ask(const char* addr) {
    bool asked = false;
    until([&] { return asked = mirror->resolve(p0, ip(addr)); }, 2s);
    return asked;
  }
  std::vector<std::uint64_t> all_rows() { return std::vector<std::uint64_t>(4, ~std::uint64_t{0}); }
};

TEST_F(Neighbours, AreResolvedOnRequestInBothFamilies) {
  start();
  for (const char* addr : {"10.0.0.2", "fd00::2"}) {
    EXPECT_EQ(fib().next_hop(ip(addr)).kind, NextHop::Kind::unknown_neigh) << addr;
    const std::uint32_t generation = fib().generation;
    EXPECT_TRUE(mirror->resolve(p0, ip(addr))) << addr;
    EXPECT_TRUE(until([&] { return resolved(addr); })) << addr;
    EXPECT_EQ(row(addr)->dst, peer_mac) << addr;
    EXPECT_EQ(fib().generation, generation) << "a neighbour makes no cached route wrong";
    EXPECT_FALSE(mirror->resolve(p0, ip(addr))) << "there is nothing to ask for";
  }
}

TEST_F(Neighbours, RequestsForOneAddressAreLimited) {
  start();
  EXPECT_TRUE(mirror->resolve(p0, ip("10.0.0.77")));
  EXPECT_FALSE(mirror->resolve(p0, ip("10.0.0.77")));
  EXPECT_TRUE(mirror->resolve(p0, ip("10.0.0.78")));
  EXPECT_EQ(mirror->stats().resolves, 2U);
  EXPECT_EQ(mirror->stats().resolve_limited, 1U);
  EXPECT_FALSE(mirror->resolve(if_nametoindex("n0"), ip("192.168.7.9"))) << "no interface of ours";
}

TEST_F(Neighbours, ThatDoNotAnswerStayUnresolvedAndAreAskedForAgain) {
  hurry();
  start({.resolve_interval = 100ms});
  EXPECT_TRUE(ask("10.0.0.77"));
  EXPECT_TRUE(until([&] { return row("10.0.0.77") != nullptr; }));
  EXPECT_FALSE(resolved("10.0.0.77"));
  const AdjIndex index = fib().next_hop(ip("10.0.0.77")).adj;
  net->peer("ip addr add 10.0.0.77/24 dev q0");
  EXPECT_TRUE(until([&] {
    mirror->keep_alive(all_rows());
    return resolved("10.0.0.77");
  }));
  EXPECT_EQ(fib().next_hop(ip("10.0.0.77")).adj, index);
}

TEST_F(Neighbours, FlushedTheyLoseTheirMacAndKeepTheirRow) {
  start({.resolve_interval = 10ms});
  EXPECT_TRUE(ask("10.0.0.2"));
  EXPECT_TRUE(until([&] { return resolved("10.0.0.2"); }));
  const AdjIndex index = fib().next_hop(ip("10.0.0.2")).adj;
  net->run("ip neigh flush dev p0");
  EXPECT_TRUE(until([&] { return !resolved("10.0.0.2"); }));
  EXPECT_TRUE(ask("10.0.0.2"));
  EXPECT_TRUE(until([&] { return resolved("10.0.0.2"); }));
  EXPECT_EQ(fib().next_hop(ip("10.0.0.2")).adj, index);
}

TEST_F(Neighbours, AreLearntFromTheirOwnTraffic) {
  start();
  net->peer("ping -c1 -W2 10.0.0.1 >/dev/null");
  EXPECT_TRUE(until([&] { return resolved("10.0.0.2"); }));
  net->peer("ping -c1 -W2 fd00::1 >/dev/null");
  EXPECT_TRUE(until([&] { return resolved("fd00::2"); }));
}

TEST_F(Neighbours, SetByHandThisIsNotUndone) {
  net->run("ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev p0 nud permanent");
  start({.resolve_interval = 10ms});
  ASSERT_TRUE(resolved("10.0.0.50"));
  mirror->keep_alive(all_rows());
  EXPECT_EQ(mirror->stats().resolves, 0U);
  net->run("ip neigh show 10.0.0.50 | grep -q PERMANENT");
  net->run("ip neigh change 10.0.0.50 lladdr 02:00:00:00:00:51 dev p0 nud permanent");
  EXPECT_TRUE(until([&] { return row("10.0.0.50")->dst == MacAddr{2, 0, 0, 0, 0, 0x51}; }));
}

// Nobody but us sends to them, and the kernel does not see that: without keep_alive() it would go on
// believing in the old address.
TEST_F(Neighbours, InUseTheirNewMacIsLearnt) {
  hurry();
  start({.resolve_interval = 100ms});
  for (const char* addr : {"10.0.0.2", "fd00::2"}) {
    EXPECT_TRUE(ask(addr)) << addr;
    EXPECT_TRUE(until([&] { return resolved(addr); })) << addr;
  }
  const MacAddr fresh{2, 0, 0, 0, 0, 0x9a};
  net->peer("ip link set q0 address 02:00:00:00:00:9a");
  for (const char* addr : {"10.0.0.2", "fd00::2"}) {
    EXPECT_TRUE(until(
        [&] {
          mirror->keep_alive(all_rows());
          return resolved(addr) && row(addr)->dst == fresh;
        },
        15s))
        << addr;
  }
}

}  // namespace
}  // namespace hvs::test
