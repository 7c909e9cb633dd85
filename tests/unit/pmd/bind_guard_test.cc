// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/bind_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.h"

namespace hvs {
namespace {

using testing::HasSubstr;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

class BindGuardTest : public testing::Test {
 protected:
  BindGuardTest() : root("guard") {
    here.root = root.path();
    here.addresses = {{"eth0", ip("10.0.2.15")}, {"eth1", ip("10.0.3.15")}, {"eth1", ip("fd00::15")}};
    for (const char* netdev : {"eth0", "eth1"})
      root.file(std::string("sys/class/net/") + netdev + "/mtu", "1500\n");
    for (const char* file : {"tcp", "tcp6"}) root.file(std::string("proc/self/net/") + file, "titles\n");
  }
  std::string nic_refusal(const NicNetdevs& netdevs, const std::vector<std::string>& functions = {}) const {
    const auto may = may_take_nic("0000:01:00.0", netdevs, functions, here);
    return may ? "" : may.error().message();
  }
  std::string refusal(const std::string& netdev) const {
    const auto may = may_take(netdev, here);
    return may ? "" : may.error().message();
  }
  test::FakeRoot root;
  BindSurroundings here;
};

TEST_F(BindGuardTest, ANicThatNobodyNeedsMayBeTaken) {
  EXPECT_EQ(refusal("eth0"), "");
  EXPECT_EQ(refusal("eth1"), "");
}

TEST_F(BindGuardTest, ADefaultRoute) {
  here.default_routes = {"eth0"};
  EXPECT_THAT(refusal("eth0"), HasSubstr("[bind_default_route]"));
  EXPECT_EQ(refusal("eth1"), "");
}

TEST_F(BindGuardTest, TheSessionOfWhoeverAsks) {
  here.ssh_connection = "192.0.2.9 51000 10.0.3.15 22";
  EXPECT_THAT(refusal("eth1"),
              HasSubstr("192.0.2.9 is connected by it to port 22 of 10.0.3.15 [bind_session]"));
  EXPECT_EQ(refusal("eth0"), "");
  here.ssh_connection = "fd00::9 51000 fd00::15 22";
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]"));
}

constexpr const char* kTitles = "  sl  local_address rem_address   st tx_queue rx_queue\n";
constexpr const char* kOpen = "   1: 0F03000A:08AE 0902000A:C738 01 00000000:00000000\n";  // 10.0.3.15:2222

TEST_F(BindGuardTest, AnySessionToAPortWithAListener) {
  root.file("proc/self/net/tcp", std::string(kTitles) + kOpen);
  EXPECT_EQ(refusal("eth1"), "") << "one that this machine opened";
  root.file("proc/self/net/tcp", std::string(kTitles) + "   0: 00000000:08AE 00000000:0000 0A 0\n" + kOpen);
  EXPECT_THAT(refusal("eth1"),
              HasSubstr("10.0.2.9 is connected by it to port 2222 of 10.0.3.15 [bind_session]"));
  EXPECT_EQ(refusal("eth0"), "");
  root.file("proc/self/net/tcp", std::string(kTitles) + "   0: 00000000:00B3 00000000:0000 0A 0\n" +
                                     "   1: 0F03000A:00B3 0902000A:C738 01 0\n");
  EXPECT_EQ(refusal("eth1"), "") << "BGP";
  root.file("proc/self/net/tcp", kTitles);
  const std::string any(32, '0');
  root.file("proc/self/net/tcp6",
            kTitles + ("   0: " + any + ":0016 " + any + ":0000 0A 0\n") +
                "   1: 0000000000000000FFFF00000F03000A:0016 0000000000000000FFFF00000902000A:C738 01 0\n");
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]")) << "IPv4 on a socket of IPv6";
}

TEST_F(BindGuardTest, ASessionToAnAddressOfLoComesInByTheWayItsAnswersLeave) {
  here.addresses.emplace_back("lo", ip("192.0.2.1"));
  here.ssh_connection = "198.51.100.9 51000 192.0.2.1 22";
  EXPECT_EQ(refusal("eth1"), "");
  here.towards = [](const IpAddr& peer, const IpAddr& local) -> Result<std::string> {
    const bool answer = peer == ip("198.51.100.9") && local == ip("192.0.2.1");
    return std::string(answer ? "eth1" : "eth0");
  };
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]"));
  EXPECT_EQ(refusal("eth0"), "");
}

TEST_F(BindGuardTest, WhatStandsOnTheNic) {
  root.file("sys/class/net/eth1/upper_br0", "");
  EXPECT_THAT(refusal("eth1"), HasSubstr("br0 stands on it, and would lose it [bind_stacked]"));
  here.default_routes = {"br0"};
  EXPECT_THAT(refusal("eth1"), HasSubstr("(br0, which stands on it); without it"));
}

TEST_F(BindGuardTest, EveryNetdevOfTheNicIsLookedAt) {
  here.default_routes = {"eth1"};
  EXPECT_EQ(nic_refusal({{"eth0"}, false}), "");
  EXPECT_THAT(nic_refusal({{"eth0", "eth1"}, false}), HasSubstr("[bind_default_route]"));
}

TEST_F(BindGuardTest, ANetdevInAnotherNamespaceAndVirtualFunctions) {
  EXPECT_EQ(nic_refusal({}), "") << "no driver has made one";
  EXPECT_THAT(nic_refusal({{}, true}), HasSubstr("is in another network namespace [bind_elsewhere]"));
  EXPECT_THAT(nic_refusal({{"eth0"}, true}), HasSubstr("[bind_elsewhere]"));
  EXPECT_THAT(nic_refusal({{"eth0"}, false}, {"0000:01:10.0"}), HasSubstr("(0000:01:10.0, ...)"));
}

TEST_F(BindGuardTest, WhatCannotBeFoundOutIsNoPermission) {
  EXPECT_THAT(refusal("eth9"), HasSubstr("sys/class/net/eth9")) << "what stands on it";
  here.ssh_connection = "198.51.100.9 51000 192.0.2.1 22";
  here.towards = [](const IpAddr&, const IpAddr&) -> Result<std::string> {
    return Error{"no socket", "", ""};
  };
  EXPECT_THAT(refusal("eth1"), HasSubstr("reached through it: no socket [bind_unknown]"));
  here.towards = {};
  EXPECT_EQ(refusal("eth1"), "");
  std::filesystem::remove(root.path() / "proc/self/net/tcp6");
  EXPECT_EQ(refusal("eth1"), "") << "a kernel without IPv6";
  std::filesystem::remove(root.path() / "proc/self/net/tcp");
  EXPECT_THAT(refusal("eth1"), HasSubstr("net/tcp: No such file or directory [bind_unknown]"));
}

}  // namespace
}  // namespace hvs
