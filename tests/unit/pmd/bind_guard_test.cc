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
    root.file("proc/self/net/route",
              "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
              "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n");
    root.file("sys/class/net/eth1/mtu", "1500\n");
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

TEST_F(BindGuardTest, TheDefaultRouteOfEitherFamily) {
  root.file("proc/self/net/route",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            "eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
  EXPECT_THAT(refusal("eth0"), HasSubstr("[bind_default_route]"));
  EXPECT_EQ(refusal("eth1"), "");
  const std::string zero(32, '0');
  const auto v6 = [&](const char* flags) {
    return zero + " 00 " + zero + " 00 fe800000000000000000000000000002 00000400 00000001 00000000 " + flags +
           "     eth1\n";
  };
  root.file("proc/self/net/ipv6_route", v6("00200200"));  // unreachable
  EXPECT_EQ(refusal("eth1"), "");
  root.file("proc/self/net/ipv6_route", v6("00000003"));
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_default_route]"));
}

TEST_F(BindGuardTest, TheSessionOfWhoeverAsks) {
  here.ssh_connection = "192.0.2.9 51000 10.0.3.15 22";
  EXPECT_THAT(refusal("eth1"), HasSubstr("10.0.3.15 [bind_session]"));
  EXPECT_EQ(refusal("eth0"), "");
  here.ssh_connection = "fd00::9 51000 fd00::15 22";
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]"));
}

TEST_F(BindGuardTest, AnySessionThatIsOpen) {
  const std::string titles = "  sl  local_address rem_address   st tx_queue rx_queue\n";
  root.file("proc/self/net/tcp", titles +
                                     "   0: 0F03000A:0016 0902000A:C738 0A 00000000:00000000\n"
                                     "   1: 0F03000A:0050 0902000A:C738 01 00000000:00000000\n");
  EXPECT_EQ(refusal("eth1"), "") << "a listening socket, and an open one of another port";
  root.file("proc/self/net/tcp", titles + "   0: 0F03000A:0016 0902000A:C738 01 00000000:00000000\n");
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]"));
  root.file("proc/self/net/tcp", titles);
  root.file(
      "proc/self/net/tcp6",
      titles + "   0: 0000000000000000FFFF00000F03000A:0016 0000000000000000FFFF00000902000A:C738 01 0\n");
  EXPECT_THAT(refusal("eth1"), HasSubstr("[bind_session]")) << "IPv4 on a socket of IPv6";
}

TEST_F(BindGuardTest, WhatStandsOnTheNic) {
  root.file("sys/class/net/eth1/upper_br0", "");
  EXPECT_THAT(refusal("eth1"), HasSubstr("br0 stands on it, and would lose it [bind_stacked]"));
  root.file("proc/self/net/route",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
            "br0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\n");
  EXPECT_THAT(refusal("eth1"), HasSubstr("(br0, which stands on it); without it"));
}

}  // namespace
}  // namespace hvs
