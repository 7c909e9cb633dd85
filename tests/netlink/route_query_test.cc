// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/route_query.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <sys/resource.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pmd/bind_guard.h"
#include "pmd/netdev_state.h"
#include "pmd/rtnl.h"
#include "tests/netlink/netns.h"

namespace hvs::test {
namespace {

class RouteQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    int number = 0;
    for (const std::string name : {"a0", "b0", "c0"}) {
      const std::string n = std::to_string(++number);
      net->run("ip link add " + name + " type veth peer name " + name + "-peer");
      net->run("ip link set " + name + " up && ip link set " + name + "-peer up");
      net->run("ip addr add 10.0." + n + ".1/24 dev " + name);
      net->run("ip addr add fd0" + n + "::1/64 dev " + name + " nodad");
    }
    net->run("ip link set lo up");
  }
  static std::set<std::string> defaults() {
    std::set<std::string> names;
    const std::vector<std::uint32_t> devices = default_route_netdevs().value();
    for (const std::uint32_t index : devices) {
      char name[IF_NAMESIZE] = "?";
      names.insert(if_indextoname(index, name));
    }
    return names;
  }
  static std::string towards(const char* addr, const std::optional<IpAddr>& from = std::nullopt) {
    char name[IF_NAMESIZE] = "";
    if_indextoname(netdev_towards(IpAddr::parse(addr).value(), from).value(), name);
    return name;
  }
  std::optional<Namespaces> net;
};

TEST_F(RouteQueryTest, DefaultRoutesOfSeveralHopsAndOfAnyTable) {
  EXPECT_EQ(defaults(), std::set<std::string>{});
  net->run("ip route add unreachable default metric 4096");
  net->run("ip route add 192.0.2.0/24 via 10.0.1.9");
  EXPECT_EQ(defaults(), std::set<std::string>{});
  net->run("ip route add default nexthop via 10.0.1.9 dev a0 nexthop via 10.0.2.9 dev b0");
  EXPECT_EQ(defaults(), (std::set<std::string>{"a0", "b0"}));
  net->run("ip route del default metric 0 && ip route add default via 10.0.3.9 table 100");
  EXPECT_EQ(defaults(), (std::set<std::string>{"c0"}));
}

TEST_F(RouteQueryTest, DefaultRoutesOfIpv6) {
  net->run("ip -6 route add default nexthop via fd01::9 dev a0 nexthop via fd03::9 dev c0");
  EXPECT_EQ(defaults(), (std::set<std::string>{"a0", "c0"}));
}

TEST_F(RouteQueryTest, TheWayToAnAddress) {
  net->run("ip route add 192.0.2.0/24 via 10.0.2.9 && ip -6 route add 2001:db8::/32 via fd03::9");
  EXPECT_EQ(towards("10.0.1.77"), "a0");
  EXPECT_EQ(towards("192.0.2.7"), "b0");
  EXPECT_EQ(towards("2001:db8::7"), "c0");
  EXPECT_EQ(towards("10.0.1.1"), "lo");
  EXPECT_EQ(towards("203.0.113.1"), "");
}

TEST_F(RouteQueryTest, DefaultRoutesByNexthopObjectsOfWhichTheKernelTellsNoMore) {
  net->run("sysctl -qw net.ipv4.nexthop_compat_mode=0");
  net->run("ip nexthop add id 7 via 10.0.1.9 dev a0 && ip nexthop add id 8 via 10.0.2.9 dev b0");
  net->run("ip nexthop add id 9 via 10.0.3.9 dev c0");
  net->run("ip route add default nhid 9");
  EXPECT_EQ(defaults(), (std::set<std::string>{"c0"}));
  net->run("ip nexthop add id 70 group 7/8 && ip route replace default nhid 70");
  EXPECT_EQ(defaults(), (std::set<std::string>{"a0", "b0"}));
}

TEST_F(RouteQueryTest, TheWayFromAnAddressMayBeAnother) {
  net->run("ip route add 192.0.2.0/24 via 10.0.2.9");
  net->run("ip route add 192.0.2.0/24 via 10.0.3.9 table 100 && ip rule add from 10.0.3.1 table 100");
  EXPECT_EQ(towards("192.0.2.7"), "b0");
  EXPECT_EQ(towards("192.0.2.7", IpAddr::parse("10.0.3.1")), "c0");
  EXPECT_EQ(towards("192.0.2.7", IpAddr::parse("203.0.113.77")), "b0") << "none of this machine";
}

/// What the kernel says does not arrive.
int receive_fails(nl_sock*, sockaddr_nl*, unsigned char**, ucred**) { return -NLE_NOMEM; }

TEST_F(RouteQueryTest, AnAnswerThatDoesNotArriveIsNoAnswer) {
  const rtnl::SocketPtr socket = rtnl::connect();
  const auto ask = [&](const char* addr) {
    return netdev_towards(socket.get(), IpAddr::parse(addr).value(), std::nullopt);
  };
  EXPECT_EQ(ask("10.0.1.77").value(), if_nametoindex("a0"));
  for (const char* type : {"unreachable", "prohibit", "blackhole", "throw"}) {
    net->run(std::string("ip route add ") + type + " 203.0.113.0/24");
    EXPECT_EQ(ask("203.0.113.1").value(), 0U) << type;
    net->run("ip route del 203.0.113.0/24");
    net->run(std::string("ip route add ") + type + " 2001:db8:77::/48");
    EXPECT_EQ(ask("2001:db8:77::1").value(), 0U) << type;
    net->run("ip route del 2001:db8:77::/48");
  }
  nl_cb* calls = nl_socket_get_cb(socket.get());
  nl_cb_overwrite_recv(calls, receive_fails);
  nl_cb_put(calls);
  EXPECT_FALSE(ask("10.0.1.77").ok());
}

/// No file descriptor is left, so the kernel cannot be asked.
class WithoutFiles {
 public:
  WithoutFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~WithoutFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  WithoutFiles(const WithoutFiles&) = delete;
  WithoutFiles& operator=(const WithoutFiles&) = delete;

 private:
  rlimit before_{};
};

TEST_F(RouteQueryTest, AKernelThatCannotBeAskedIsAnError) {
  net->run("ip route add default via 10.0.1.9");
  const std::uint32_t a0 = if_nametoindex("a0");
  ASSERT_TRUE(NetdevState::save(a0).ok());
  const WithoutFiles without;
  EXPECT_FALSE(default_route_netdevs().ok());
  EXPECT_FALSE(netdev_towards(IpAddr::parse("10.0.1.77").value()).ok());
  EXPECT_FALSE(surroundings_here().ok());
  EXPECT_TRUE(has_default_route("a0"));
  EXPECT_FALSE(NetdevState::save(a0).ok());
}

}  // namespace
}  // namespace hvs::test
