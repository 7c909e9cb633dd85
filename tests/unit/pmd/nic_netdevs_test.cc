// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/nic_netdevs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.h"
#include "pmd/steering/file_lock.h"
#include "pmd/steering/interface_lock.h"
#include "pmd/take_device.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kNic = "0000:01:00.0";
const std::string kDevice = std::string("sys/bus/pci/devices/") + kNic;

/// "lo" stands for a netdev of this network namespace.
class NicNetdevsTest : public testing::Test {
 protected:
  NicNetdevsTest() : root("nic") {
    root.file(kDevice + "/driver_override", "(null)\n");
    root.link(kDevice + "/driver", "../../../bus/pci/drivers/ixgbe");
  }
  [[nodiscard]] NicNetdevs look(const std::string& lo_is_of) const {
    return netdevs_of_nic(
        kNic, bus, [&](const std::string& netdev) { return netdev == "lo" ? lo_is_of : std::string(); });
  }
  [[nodiscard]] std::string refusal(bool force = false, const char* driver = "ixgbe") const {
    DeviceFacts facts;
    facts.pci_address = kNic;
    facts.driver = driver;
    const auto may = may_take_over(facts, BindDriver::uio_pci_generic, force, {}, 0, bus);
    return may ? "" : may.error().message();
  }
  test::FakeRoot root;
  PciBus bus{root.path()};
};

TEST_F(NicNetdevsTest, ThoseOfThisNamespaceAreKnownByTheirPciAddress) {
  EXPECT_FALSE(look("").elsewhere);
  EXPECT_THAT(look("").here, IsEmpty());
  root.file(kDevice + "/net/lo/mtu", "1500\n");
  EXPECT_THAT(look(kNic).here, ElementsAre("lo"));
  EXPECT_FALSE(look(kNic).elsewhere);
  EXPECT_THAT(look("0000:02:00.0").here, IsEmpty()) << "one of the same name";
  EXPECT_TRUE(look("0000:02:00.0").elsewhere);
  root.file(kDevice + "/net/eth77/mtu", "1500\n");
  EXPECT_TRUE(look(kNic).elsewhere) << "one of two";
}

TEST_F(NicNetdevsTest, WhatSysfsHidesIsElsewhere) {
  std::filesystem::create_directories(root.path() / kDevice / "virtio3/net");
  EXPECT_TRUE(look("").elsewhere);
  EXPECT_FALSE(look(kNic).elsewhere) << "sysfs is of another namespace";
}

TEST_F(NicNetdevsTest, ANicOfAnotherNamespaceIsTakenOnlyByForce) {
  EXPECT_EQ(refusal(), "") << "no netdev anywhere";
  root.file(kDevice + "/net/eth77/mtu", "1500\n");
  EXPECT_THAT(refusal(), HasSubstr("[bind_elsewhere]"));
  EXPECT_EQ(refusal(true), "");
}

TEST_F(NicNetdevsTest, ANicThatKeepsItsKernelDriverIsGuardedToo) {
  root.link(kDevice + "/virtfn0", "../0000:01:10.0");
  EXPECT_EQ(refusal(false, "mlx5_core"), "") << "its functions stay";
  root.file(kDevice + "/net/eth77/mtu", "1500\n");
  EXPECT_THAT(refusal(false, "mlx5_core"), HasSubstr("[bind_elsewhere]"));
  EXPECT_EQ(refusal(true, "mlx5_core"), "");
}

TEST_F(NicNetdevsTest, ANicThatWasNotWhollyGivenBackIsNotTakenEvenByForce) {
  const auto records = root.path() / "devices";
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.driver = "ixgbe";
  facts.netdev = "p0";
  const auto refusal_of = [&](BindDriver driver) {
    const auto may = may_take_over(facts, driver, true, {}, 0, bus, records);
    return may ? "" : may.error().message();
  };
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, "", true}, records).ok());
  EXPECT_EQ(refusal_of(BindDriver::uio_pci_generic), "") << "without a netdev it is taken again";
  facts.ifindex = 7;
  EXPECT_THAT(refusal_of(BindDriver::uio_pci_generic),
              HasSubstr("p0 does not have all addresses and routes again [bind_unfinished]"));
  EXPECT_EQ(refusal_of(BindDriver::none), "") << "going on with it";
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "p0", {}, 1500, "", false}, records).ok());
  EXPECT_EQ(refusal_of(BindDriver::uio_pci_generic), "");
}

TEST_F(NicNetdevsTest, ANicThatAnInstanceSharesIsNotTakenEvenByForce) {
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.driver = "ixgbe";
  facts.ifindex = 7;
  const auto refusal_for = [&](int process) {
    const auto may =
        may_take_over(facts, BindDriver::uio_pci_generic, true, {}, process, bus, root.path() / "devices");
    return may ? "" : may.error().message();
  };
  EXPECT_EQ(refusal_for(0), "");
  auto lock = FileLock::acquire(interface_lock(root.path(), 7), "edge 4711");
  ASSERT_TRUE(lock.ok()) << lock.error().message();
  EXPECT_THAT(refusal_for(0),
              HasSubstr("is shared with the kernel by instance 'edge' (process 4711) [device_in_use]"));
  EXPECT_EQ(refusal_for(4711), "") << "--check of its own file";
  facts.driver = "mlx5_core";
  EXPECT_THAT(refusal_for(0), HasSubstr("[device_in_use]")) << "its frames would go elsewhere";
  lock->release();
  EXPECT_EQ(refusal_for(0), "") << "a program that a dead one left is no reason";
}

TEST_F(NicNetdevsTest, ANicWithVirtualFunctionsIsTakenOnlyByForce) {
  root.link(kDevice + "/virtfn0", "../0000:01:10.0");
  EXPECT_THAT(refusal(), HasSubstr("0000:01:10.0"));
  EXPECT_THAT(refusal(), HasSubstr("[bind_functions]"));
  EXPECT_EQ(refusal(true), "");
}

}  // namespace
}  // namespace hvs
