// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <net/if.h>

#include <optional>
#include <string>

#include "pmd/kept_state.h"
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
    const auto lock = DeviceLock::acquire(kNic, records());
    return lock ? give_back(*lock, state, bus(), records()) : lock.error();
  }
  /// A kernel that does not change anything any more.
  [[nodiscard]] PciBus bus() const {
    return PciBus(root.path(), [] {});
  }
  void has_driver(const std::string& name) const {
    std::filesystem::remove(root.path() / device / "driver");
    root.link(device + "/driver", "../../drivers/" + name);
    root.file("sys/bus/pci/drivers/" + name + "/unbind", "");
  }
  [[nodiscard]] DeviceFacts facts_of(const std::string& netdev) const {
    DeviceFacts facts;
    facts.pci_address = kNic;
    facts.driver = "ixgbe";
    facts.netdev = netdev;
    facts.ifindex = if_nametoindex(netdev.c_str());
    return facts;
  }
  /// What a start does first, up to the change of drivers. The companion is not there yet.
  void take_p0() const {
    net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
    dress("p0");
    has_driver("ixgbe");
    const PciBus kernel(root.path(), [this] {
      has_driver("vfio-pci");
      Namespaces::try_run("ip link del p0 2>/dev/null");
    });
    const auto taken = bind_or_reinstate(facts_of("p0"), "vfio-pci", kernel, records());
    ASSERT_TRUE(taken.ok()) << taken.error().message();
    EXPECT_EQ(taken->size(), 3U);
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
  ASSERT_TRUE(note_companion(kNic, "lb-out", records()).ok());
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

TEST_F(GiveBackTest, WithoutANetdevAllIsKeptUntilThereIsOne) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, "p0"}, records()).ok());
  std::filesystem::remove_all(root.path() / device / "net");
  add_companion("p0");
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->netdev, "");
  EXPECT_TRUE(given->all_kept);
  EXPECT_NE(advice_after(*given, kNic).find("hvsctl unbind 0000:01:00.0 goes on from here"),
            std::string::npos);
  EXPECT_TRUE(is_tap("p0"));
  expect_dressed("p0");
  EXPECT_TRUE(read_bound(kNic, records()).has_value());
  root.file(device + "/net/eth7/mtu", "1500\n");
  add_nic();
  const auto again = give();
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_FALSE(is_tap("p0"));
  expect_dressed("p0");
  EXPECT_FALSE(std::filesystem::exists(records()));
}

TEST_F(GiveBackTest, WhatANetdevHadOutlivesWhoeverTookTheNic) {
  take_p0();
  EXPECT_EQ(read_bound(kNic, records())->netdev, "p0");
  EXPECT_EQ(kept_state(kNic, records())->size(), 3U);
  add_nic();
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->restored, 3U);
  expect_dressed("p0");
  EXPECT_FALSE(std::filesystem::exists(records()));
}

TEST_F(GiveBackTest, WhatIsKeptIsForTheCompanionUntilThatHasIt) {
  take_p0();
  net->run("ip tuntap add p0 mode tap && ip link set p0 up");
  const auto kept = kept_state(kNic, records());
  ASSERT_TRUE(kept.ok() && kept->size() == 3);
  EXPECT_EQ(kept->restore(if_nametoindex("p0")), 3U);
  expect_dressed("p0");
  EXPECT_EQ(kept_state(kNic, records())->size(), 3U) << "a companion without a note may have none of it";
  ASSERT_TRUE(note_companion(kNic, "p0", records()).ok());
  EXPECT_EQ(kept_state(kNic, records())->size(), 0U);
  EXPECT_FALSE(std::filesystem::exists(kept_state_path(kNic, records())));
}

TEST_F(GiveBackTest, OneThatEndedBetweenCompanionAndNetdevGoesOn) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, "p0"}, records()).ok());
  add_companion("p0");
  std::filesystem::remove_all(root.path() / device / "net");
  ASSERT_TRUE(give().ok());
  // The process dies when it has removed the companion.
  net->run("ip link del p0");
  root.file(device + "/net/eth7/mtu", "1500\n");
  add_nic();
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_EQ(given->restored, 3U);
  expect_dressed("p0");
}

TEST_F(GiveBackTest, ANicThatIsNotWhollyBackIsNotTakenAgain) {
  take_p0();
  add_nic();
  net->run("ip link del peer7");  // the netdev goes before it can be set up
  const auto given = give();
  ASSERT_TRUE(given.ok()) << given.error().message();
  EXPECT_TRUE(given->all_kept);
  EXPECT_TRUE(read_bound(kNic, records())->returning);
  add_nic();
  has_driver("ixgbe");
  const auto taken = bind_or_reinstate(facts_of("eth7"), "vfio-pci", bus(), records());
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message().find(
                "eth7 does not have all addresses and routes again [bind_unfinished]. Finish that: "
                "hvsctl unbind 0000:01:00.0"),
            std::string::npos)
      << taken.error().message();
  ASSERT_TRUE(give().ok());
  EXPECT_EQ(root.read("sys/bus/pci/drivers/ixgbe/unbind"), "") << "its driver has it already";
  expect_dressed("p0");
  EXPECT_FALSE(std::filesystem::exists(records()));
}

TEST_F(GiveBackTest, OneWithoutANetdevIsTakenAgainWithWhatWasKept) {
  take_p0();
  std::filesystem::remove_all(root.path() / device / "net");
  ASSERT_TRUE(give().ok());
  DeviceFacts facts;
  facts.pci_address = kNic;
  has_driver("ixgbe");
  const auto taken = bind_or_reinstate(facts, "vfio-pci",
                                       PciBus(root.path(), [this] { has_driver("vfio-pci"); }), records());
  ASSERT_TRUE(taken.ok()) << taken.error().message();
  EXPECT_EQ(taken->size(), 3U);
  EXPECT_EQ(read_bound(kNic, records())->netdev, "p0");
  EXPECT_FALSE(read_bound(kNic, records())->returning);
}

TEST_F(GiveBackTest, WhatCannotBeReadIsSaidBeforeAnythingChanges) {
  take_p0();
  std::filesystem::resize_file(kept_state_path(kNic, records()), 100);
  add_nic();
  const auto given = give();
  ASSERT_FALSE(given.ok());
  EXPECT_NE(given.error().message().find(".state: the addresses and routes that were kept for 0000:01:00.0"),
            std::string::npos)
      << given.error().message();
  EXPECT_EQ(root.read("sys/bus/pci/drivers/vfio-pci/unbind"), "");
  EXPECT_TRUE(read_bound(kNic, records()).has_value());
}

TEST_F(GiveBackTest, ABindingThatFailsTellsWhatIsLost) {
  net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
  dress("p0");
  // The old driver makes no netdev any more.
  const PciBus kernel(root.path(), [this] {
    Namespaces::try_run("ip link del p0 2>/dev/null");
    std::filesystem::remove_all(root.path() / device / "net");
  });
  const auto bound = bind_or_reinstate(facts_of("p0"), "uio_pci_generic", kernel, records());
  ASSERT_FALSE(bound.ok());
  EXPECT_NE(bound.error().message().find("its netdev p0 is gone, with 3 addresses and routes"),
            std::string::npos)
      << bound.error().message();
  EXPECT_EQ(kept_state(kNic, records())->size(), 3U);
  // Whoever tries again does not note what little the netdev has when it is there in the end.
  add_nic();
  const auto again = bind_or_reinstate(facts_of("eth7"), "uio_pci_generic", kernel, records());
  ASSERT_FALSE(again.ok());
  EXPECT_NE(again.error().message().find("was not wholly given back"), std::string::npos)
      << again.error().message();
  EXPECT_EQ(kept_state(kNic, records())->size(), 3U);
}

TEST_F(GiveBackTest, ABindingThatFailsLeavesTheNetdevAsItWas) {
  net->run("ip link add p0 type veth peer name q0 && ip link set q0 up");
  dress("p0");
  // The kernel takes the netdev away, the new driver does not want the NIC, and the old one makes another.
  const PciBus kernel(root.path(), [this] {
    if (Namespaces::try_run("ip link del q0 2>/dev/null")) add_nic();
  });
  const auto bound = bind_or_reinstate(facts_of("p0"), "uio_pci_generic", kernel, records());
  EXPECT_FALSE(bound.ok());
  EXPECT_EQ(if_nametoindex("eth7"), 0U);
  expect_dressed("p0");
  EXPECT_FALSE(std::filesystem::exists(records()));
}

}  // namespace
}  // namespace hvs::test
