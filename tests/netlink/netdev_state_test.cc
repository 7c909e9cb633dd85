// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/netdev_state.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include <optional>
#include <string>

#include "tests/netlink/netns.h"

namespace hvs::test {
namespace {

/// A NIC (p0, of a veth pair) with an address and a route of each family, and a companion to be (tap).
class NetdevStateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    net->run("ip link add p0 type veth peer name q0 && ip link set p0 up && ip link set q0 up");
    net->run("ip addr add 10.0.0.1/24 dev p0 && ip addr add fd00::1/64 dev p0 nodad");
    net->run("ip route add 198.51.100.0/24 via 10.0.0.9 dev p0 metric 7");
    net->run("ip route add 2001:db8:1::/48 via fd00::9 dev p0");
    net->run("ip link add tap type veth peer name tap-peer && ip link set tap up && ip link set tap-peer up");
  }
  /// What `ip route` says of the device, of the routes that were set by hand.
  [[nodiscard]] static bool has_routes(const std::string& device) {
    return Namespaces::try_run("ip route show dev " + device +
                               " | grep -q '198.51.100.0/24 via 10.0.0.9 metric 7'") &&
           Namespaces::try_run("ip -6 route show dev " + device + " | grep -q '2001:db8:1::/48 via fd00::9'");
  }
  static NetdevState taken() {
    NetdevState state = NetdevState::save(if_nametoindex("p0")).value();
    EXPECT_TRUE(Namespaces::try_run("ip link del p0"));
    return state;
  }
  std::optional<Namespaces> net;
};

TEST_F(NetdevStateTest, AddressesAndRoutesMoveToTheCompanion) {
  const NetdevState state = taken();
  EXPECT_EQ(state.size(), 4U);
  EXPECT_EQ(state.restore(if_nametoindex("tap")), 4U);
  EXPECT_TRUE(has_routes("tap"));
  net->run("ip addr show dev tap | grep -q 'inet 10.0.0.1/24'");
  net->run("ip addr show dev tap | grep -q 'inet6 fd00::1/64'");
}

TEST_F(NetdevStateTest, RoutesOfALinkThatIsDownMoveTheSame) {
  net->run("ip link set q0 down");
  net->run("for i in 1 2 3 4 5 6 7 8 9; do ip route | grep -q linkdown && exit; sleep 0.1; done; exit 1");
  const NetdevState state = taken();
  EXPECT_EQ(state.restore(if_nametoindex("tap")), state.size());
  EXPECT_TRUE(has_routes("tap"));
}

TEST_F(NetdevStateTest, ADefaultRouteWhoseGatewayNeedsAnotherRouteMovesToo) {
  net->run("ip route add 203.0.113.1/32 dev p0 && ip route add default via 203.0.113.1 dev p0");
  const NetdevState state = taken();
  EXPECT_EQ(state.restore(if_nametoindex("tap")), 6U);
  net->run("ip route | grep -q 'default via 203.0.113.1 dev tap'");
}

TEST_F(NetdevStateTest, RoutesThatDoNotMoveAreCounted) {
  net->run("ip route add 203.0.113.0/24 nexthop via 10.0.0.9 dev p0 nexthop via 10.0.0.8 dev p0");
  net->run("ip nexthop add id 7 via 10.0.0.9 dev p0 && ip route add 192.0.2.0/24 nhid 7");
  const NetdevState state = taken();
  EXPECT_TRUE(state.up());
  EXPECT_EQ(state.left_out(), 2U);
  EXPECT_EQ(state.restore(if_nametoindex("tap")), 4U);
}

TEST_F(NetdevStateTest, ARouteThatSomebodySetMeanwhileStays) {
  const NetdevState state = taken();
  net->run("ip addr add 10.0.0.2/24 dev tap && ip addr add fd00::2/64 dev tap nodad");
  net->run("ip route add 198.51.100.0/24 via 10.0.0.77 dev tap metric 7");
  EXPECT_EQ(state.restore(if_nametoindex("tap")), state.size());
  net->run("ip route show 198.51.100.0/24 | grep -q 'via 10.0.0.77 dev tap'");
}

TEST_F(NetdevStateTest, RoutesOfRoutingDaemonsAreLeftToThem) {
  for (const char* daemon : {"zebra", "bird", "bgp", "ospf", "isis"}) {
    net->run(std::string("ip route replace 203.0.113.0/24 via 10.0.0.9 dev p0 proto ") + daemon);
    const NetdevState state = NetdevState::save(if_nametoindex("p0")).value();
    EXPECT_EQ(state.left_out(), 1U) << daemon;
    EXPECT_EQ(state.size(), 4U) << daemon;
  }
}

TEST_F(NetdevStateTest, BytesOfAFileAreAsGood) {
  net->run("ip nexthop add id 7 via 10.0.0.9 dev p0 && ip route add 192.0.2.0/24 nhid 7");
  const auto state = NetdevState::unpack(taken().pack());
  ASSERT_TRUE(state.has_value());
  EXPECT_TRUE(state->up());
  EXPECT_EQ(state->left_out(), 1U);
  EXPECT_EQ(state->restore(if_nametoindex("tap")), 4U);
  EXPECT_TRUE(has_routes("tap"));
}

TEST_F(NetdevStateTest, BytesThatAreCutOffOrOthersAreNone) {
  const std::string bytes = taken().pack();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(NetdevState::unpack(bytes.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(NetdevState::unpack(bytes + '\0').has_value());
  EXPECT_FALSE(NetdevState::unpack("driver ixgbe\nnetdev p0\n").has_value());
  for (std::size_t at = 0; at < bytes.size(); ++at) {  // whatever it says, nothing is read beyond it
    std::string other = bytes;
    other[at] = static_cast<char>(~other[at]);
    if (const auto state = NetdevState::unpack(other)) (void)state->restore(if_nametoindex("tap"));
  }
}

TEST_F(NetdevStateTest, ANetdevWithoutAddressesKeepsThatItWasDown) {
  net->run("ip link add bare type veth peer name bare-peer");
  const auto state = NetdevState::unpack(NetdevState::save(if_nametoindex("bare")).value().pack());
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->size(), 0U);
  EXPECT_FALSE(state->up());
}

}  // namespace
}  // namespace hvs::test
