// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <random>
#include <string>

#include "tests/netlink/fixture.h"

namespace hvs::test {
namespace {

constexpr int kBurst = 10000;

class Resync : public MirrorTest {
 protected:
  /// 10,000 routes in one go, as a routing daemon would.
  void burst(const std::string& verb) {
    const std::string file = "/tmp/hvs-netlink-test." + std::to_string(getpid());
    {
      std::ofstream batch(file);
      for (int i = 0; i < kBurst; ++i) {
        batch << "route " << verb << " 172." << 16 + i / 4096 << "." << i / 16 % 256 << "." << i % 16 * 16
              << "/28 via 10.0.0." << 2 + i % 7 << "\n";
      }
    }
    net->run("ip -batch " + file + "; rm " + file);
  }
};

TEST_F(Resync, ABurstOfRoutesIsPublishedTogether) {
  start();
  const std::uint64_t before = mirror->stats().publications;
  const std::size_t routes = mirror->stats().routes;
  burst("add");
  EXPECT_TRUE(until([&] { return mirror->stats().routes == routes + kBurst; }));
  EXPECT_EQ(mirror->stats().overruns, 0U);
  EXPECT_LE(mirror->stats().publications - before, 20U);
  expect_as_the_kernel("after the burst");
  burst("del");
  EXPECT_TRUE(until([&] { return mirror->stats().routes == routes; }));
}

TEST_F(Resync, LostMessagesAreMadeUpFor) {
  start({.receive_buffer = 8192});
  const std::size_t routes = mirror->stats().routes;
  burst("add");  // nobody reads meanwhile
  EXPECT_TRUE(until([&] { return mirror->stats().routes == routes + kBurst; }));
  EXPECT_GT(mirror->stats().overruns, 0U);
  EXPECT_GT(mirror->stats().resyncs, 0U);
  expect_as_the_kernel("after additions");
  burst("del");
  EXPECT_TRUE(until([&] { return mirror->stats().routes == routes; }));
  expect_as_the_kernel("after deletions");
}

TEST_F(Resync, TheSafetyNetFindsNothingToMend) {
  start({.resync_interval = 1s});
  net->run("ip route add 198.51.100.0/24 via 10.0.0.2");
  mirror->resolve(p0, ip("10.0.0.2"));
  const std::uint64_t before = mirror->stats().publications;
  EXPECT_TRUE(until([&] { return mirror->stats().resyncs >= 2; }));
  EXPECT_EQ(mirror->stats().differences, 0U);
  EXPECT_LE(mirror->stats().publications - before, 4U) << "a resync without news publishes nothing";
}

// Whatever an administrator does, event by event the mirror ends up where a fresh dump does.
TEST_F(Resync, RandomCommandsEndAsAFreshDump) {
  start();
  std::mt19937 random(3);  // NOLINT(bugprone-random-generator-seed): the same every time
  const std::array<const char*, 8> verbs = {"add",     "append", "prepend", "replace",
                                            "replace", "del",    "del",     "change"};
  const auto gateway = [&](bool v6) {
    return (v6 ? "fd00::" : "10.0.0.") + std::to_string(2 + random() % 3);
  };
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 40; ++i) {
      const bool v6 = random() % 2 == 0;
      const std::string what = v6 ? "-6 route " : "route ";
      const std::string prefix = v6 ? " fd09:" + std::to_string(random() % 3) + "::/32"
                                    : " 198.51." + std::to_string(random() % 3) + ".0/24";
      std::string route = prefix + " via " + gateway(v6);
      if (random() % 4 == 0) route = prefix + " nexthop via " + gateway(v6) + " nexthop via " + gateway(v6);
      if (random() % 8 == 0) route = prefix + " dev n0";
      if (random() % 3 == 0) route += " metric 50";
      if (random() % 3 == 0) route += " mtu 1" + std::to_string(3 + random() % 2) + "00";
      // Many of them are refused, as they should be.
      std::string command = "ip ";
      Namespaces::try_run(
          command.append(what).append(verbs[random() % verbs.size()]).append(route).append(" 2>/dev/null"));
      if (random() % 4 == 0) pump(1ms);
    }
    switch (random() % 6) {
      case 0: net->run("ip link set n0 down; ip link set n0 up"); break;
      case 1:
        net->run("ip addr replace 10.0.0.8/24 dev p0; ip route replace 203.0.113.0/24 dev p0 src 10.0.0.8");
        break;
      case 2: Namespaces::try_run("ip addr del 10.0.0.8/24 dev p0 2>/dev/null"); break;
      case 3: net->run("ip link set p0 mtu 1350; ip link set p0 mtu 1500"); break;
      case 4: net->run("ip link set n0 mtu 1" + std::to_string(3 + random() % 3) + "00"); break;
      default: break;
    }
    pump(500ms);
    expect_as_the_kernel("round " + std::to_string(round));
  }
  EXPECT_EQ(mirror->stats().overruns, 0U);
}

}  // namespace
}  // namespace hvs::test
