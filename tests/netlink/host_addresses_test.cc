// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "control/config/machine_facts.h"
#include "tests/netlink/fixture.h"

namespace hvs::test {
namespace {

class HostAddressesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    net->run("ip link add v0 type veth peer name v1");
    net->run("ip addr add 10.20.0.1/24 dev v0; ip addr add fd00::1/64 dev v0 nodad");
  }
  /// "DEVICE PREFIX-LENGTH", and " main" where it is that; empty: nobody has it.
  static std::string holder_of(const char* addr) {
    MachineFacts machine;
    machine.addresses = probe_addresses();
    const HostAddress* host = machine.holder(ip(addr));
    if (host == nullptr) return "";
    return host->netdev + " " + std::to_string(host->prefix.length) + (host->primary ? " main" : "");
  }
  std::optional<Namespaces> net;
};

TEST_F(HostAddressesTest, OneOfASubnetIsTheMainOne) {
  net->run("ip addr add 192.0.2.2/32 dev v0; ip addr add fd00:1::2/128 dev v0 nodad");
  EXPECT_EQ(holder_of("10.20.0.1"), "v0 24 main");
  EXPECT_EQ(holder_of("192.0.2.2"), "v0 32");
  EXPECT_EQ(holder_of("fd00::1"), "v0 64 main");
  EXPECT_EQ(holder_of("fd00:1::2"), "v0 128");
  EXPECT_EQ(holder_of("192.0.2.3"), "");
  const auto all = probe_addresses();
  const auto it =
      std::find_if(all.begin(), all.end(), [](const auto& a) { return a.addr == ip("10.20.0.1"); });
  ASSERT_NE(it, all.end());
  EXPECT_EQ(it->prefix.addr, ip("10.20.0.0"));
}

/// A dummy is another one that knows no ARP, but not every kernel has dummies.
TEST_F(HostAddressesTest, LoAndADeviceWithoutArpAreOnNoLink) {
  net->run("ip link set lo up; ip addr add fd00:1::3/128 dev lo nodad; ip addr add 192.0.2.3/32 dev lo");
  net->run("ip link set v1 arp off; ip addr add fd00:1::4/128 dev v1 nodad");
  MachineFacts machine;
  machine.addresses = probe_addresses();
  EXPECT_TRUE(machine.neighbours_find(ip("fd00::1")));
  EXPECT_FALSE(machine.neighbours_find(ip("fd00:1::3")));
  EXPECT_FALSE(machine.neighbours_find(ip("fd00:1::4")));
  EXPECT_TRUE(machine.neighbours_find(ip("192.0.2.3"))) << "ARP is answered";
  EXPECT_FALSE(machine.neighbours_find(ip("192.0.2.4"))) << "nobody has it";
  net->run("ip addr add fd00:1::4/128 dev v0 nodad");
  machine.addresses = probe_addresses();
  EXPECT_TRUE(machine.neighbours_find(ip("fd00:1::4"))) << "it is on a link, too";
}

TEST_F(HostAddressesTest, ALabelIsNoDevice) {
  net->run("ip addr add 192.0.2.2/32 dev v0 label v0:2");
  EXPECT_EQ(holder_of("192.0.2.2"), "v0 32");
}

TEST_F(HostAddressesTest, ADeviceThatWasRenamedHasOneMainAddress) {
  net->run("ip addr add 192.0.2.2/32 dev v0; ip addr add 192.0.2.3/32 dev v0; ip link set v0 name w0");
  net->run("ip addr show dev w0 | grep -q w0:");  // labels are the kernel's then
  EXPECT_EQ(holder_of("10.20.0.1"), "w0 24 main");
  EXPECT_EQ(holder_of("192.0.2.2"), "w0 32");
  EXPECT_EQ(holder_of("192.0.2.3"), "w0 32");
}

TEST_F(HostAddressesTest, MoreAddressesThanOneAnswerOfTheKernelHasAreThere) {
  net->run(
      "for i in $(seq 250); do echo addr add 10.30.$i.1/32 dev v0; echo addr add 10.31.$i.1/32 dev v0; "
      "echo addr add 10.32.$i.1/32 dev v0; done | ip -batch -");
  const auto all = probe_addresses();
  EXPECT_EQ(
      std::count_if(all.begin(), all.end(), [](const auto& a) { return a.addr.text().starts_with("10.3"); }),
      750);
}

TEST_F(HostAddressesTest, OfAPointToPointLinkOursIsTaken) {
  net->run("ip addr add 10.40.0.1 peer 10.40.0.2/32 dev v0");
  EXPECT_EQ(holder_of("10.40.0.1"), "v0 32");
  EXPECT_EQ(holder_of("10.40.0.2"), "");
}

}  // namespace
}  // namespace hvs::test
