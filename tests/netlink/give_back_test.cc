// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <net/if.h>

#include <optional>
#include <string>
#include <thread>

#include "base/units.h"
#include "pmd/take_device.h"
#include "pmd/tap_device.h"
#include "tests/netlink/netns.h"
#include "tests/unit/pmd/fake_root.h"

namespace hvs::test {
namespace {

constexpr const char* kNic = "0000:01:00.0";

/// A NIC of a sysfs that is made up, whose netdev "eth7" is a veth of a namespace.
class GiveBackTest : public ::testing::Test {
 protected:
  GiveBackTest() : root("give-back") {}
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    root.file(device + "/driver_override", "");
    root.file(device + "/net/eth7/mtu", "1500\n");
    root.file("sys/bus/pci/drivers/vfio-pci/unbind", "");
    root.file("sys/bus/pci/drivers_probe", "");
    root.link(device + "/driver", "../../drivers/vfio-pci");
  }
  void add_nic() const { net->run("ip link add eth7 type veth peer name peer7 && ip link set peer7 up"); }
  void add_companion(const std::string& name) const {
    net->run("ip tuntap add " + name + " mode tap");
    dress(name);
  }
  void dress(const std::string& name) const {
    net->run("ip link set " + name + " up && ip addr add 10.0.0.1/24 dev " + name);
    net->run("ip addr add fd00::1/64 dev " + name + " nodad && ip route add default via 10.0.0.9 dev " +
             name);
  }
  void expect_dressed(const std::string& name) const {
    net->run("ip link show " + name + " | grep -q '[<,]UP[,>]'");
    net->run("ip addr show dev " + name + " | grep -q 'inet 10.0.0.1/24'");
    net->run("ip addr show dev " + name + " | grep -q 'inet6 fd00::1/64'");
    net->run("ip route show dev " + name + " | grep -q 'default via 10.0.0.9'");
  }
  Result<GivenBack> give(const NetdevState* state = nullptr) {
    return give_back(kNic, state, PciBus(root.path()), records());
  }
  [[nodiscard]] std::filesystem::path records() const { return root.path() / "devices"; }

  FakeRoot root;
  std::string device = std::string("sys/bus/pci/devices/") + kNic;
  std::optional<Namespaces> net;
};

TEST_F(GiveBackTest, WhatTheCompanionHasGoesToTheNicAndTheCompanionGoes) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, ""}, records()).ok());
  add_companion("p0");
  add_nic();
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->netdev, "p0");
  EXPECT_EQ(given->saved, 3U);
  EXPECT_EQ(given->restored, 3U);
  EXPECT_FALSE(is_tap("p0"));
  expect_dressed("p0");
  EXPECT_FALSE(read_bound(kNic, records()).has_value());
}

TEST_F(GiveBackTest, ACompanionOfAnotherNameIsFoundByTheRecord) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, ""}, records()).ok());
  note_companion(kNic, "lb-out", records());
  EXPECT_EQ(read_bound(kNic, records())->companion, "lb-out");
  add_companion("lb-out");
  add_nic();
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->netdev, "p0");
  EXPECT_EQ(if_nametoindex("lb-out"), 0U);
  expect_dressed("p0");
}

TEST_F(GiveBackTest, WhatWasSavedBeforeIsSet) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, ""}, records()).ok());
  net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
  dress("p0");
  const NetdevState state = NetdevState::save(if_nametoindex("p0")).value();
  net->run("ip link del p0");
  add_nic();
  const auto given = give(&state);
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->restored, 3U);
  expect_dressed("p0");
}

TEST_F(GiveBackTest, WithoutANetdevTheCompanionStaysWithItsAddresses) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, ""}, records()).ok());
  std::filesystem::remove_all(root.path() / device / "net");
  add_companion("p0");
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->netdev, "");
  EXPECT_TRUE(is_tap("p0"));
  expect_dressed("p0");
}

TEST_F(GiveBackTest, ABindingThatFailsTellsWhatIsLost) {
  net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
  dress("p0");
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.netdev = "p0";
  facts.ifindex = if_nametoindex("p0");
  // The old driver makes no netdev any more.
  const PciBus kernel(root.path(), [this] {
    Namespaces::try_run("ip link del p0 2>/dev/null");
    std::filesystem::remove_all(root.path() / device / "net");
  });
  const auto bound = bind_or_reinstate(kernel, facts, "uio_pci_generic");
  ASSERT_FALSE(bound.ok());
  EXPECT_NE(bound.error().message().find("its netdev p0 is gone, with 3 addresses and routes"),
            std::string::npos)
      << bound.error().message();
}

TEST_F(GiveBackTest, ABindingThatFailsLeavesTheNetdevAsItWas) {
  net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
  dress("p0");
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.netdev = "p0";
  facts.ifindex = if_nametoindex("p0");
  // The kernel takes the netdev away, the new driver does not want the NIC, and the old one makes another.
  std::thread kernel([this] {
    std::this_thread::sleep_for(100ms);
    net->run("ip link del p0");
    add_nic();
  });
  const auto bound = bind_or_reinstate(PciBus(root.path()), facts, "uio_pci_generic");
  kernel.join();
  EXPECT_FALSE(bound.ok());
  EXPECT_EQ(if_nametoindex("eth7"), 0U);
  expect_dressed("p0");
}

}  // namespace
}  // namespace hvs::test
