// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/nic_netdevs.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>

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
  [[nodiscard]] std::string refusal(bool force = false, bool bifurcated = false) const {
    DeviceFacts facts;
    facts.pci_address = kNic;
    facts.driver = "ixgbe";
    facts.bifurcated = bifurcated;
    const auto may =
        may_take_over(facts, BindDriver::uio_pci_generic, force, {}, 0, bus, root.path() / "devices");
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
  EXPECT_EQ(refusal(false, true), "") << "its functions stay";
  root.file(kDevice + "/net/eth77/mtu", "1500\n");
  EXPECT_THAT(refusal(false, true), HasSubstr("[bind_elsewhere]"));
  EXPECT_EQ(refusal(true, true), "");
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
  facts.bifurcated = true;
  EXPECT_THAT(refusal_for(0), HasSubstr("[device_in_use]")) << "its frames would go elsewhere";
  lock->release();
  EXPECT_EQ(refusal_for(0), "") << "a program that a dead one left is no reason";
}

TEST_F(NicNetdevsTest, AnInstanceThatHasNotWrittenItsNameYetIsAnother) {
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.driver = "ixgbe";
  facts.ifindex = 7;
  for (const char* line : {"", "edge", "edge 0"}) {
    auto lock = FileLock::acquire(interface_lock(root.path(), 7), line);
    ASSERT_TRUE(lock.ok()) << lock.error().message();
    for (const int own : {0, 4711}) {
      const auto may =
          may_take_over(facts, BindDriver::uio_pci_generic, true, {}, own, bus, root.path() / "devices");
      ASSERT_FALSE(may.ok()) << line;
      EXPECT_THAT(may.error().message(), HasSubstr("[device_in_use]"));
    }
  }
}

TEST_F(NicNetdevsTest, WhereTheNicIsElsewhereSoMayBeWhatAnInstanceThereShares) {
  root.file(kDevice + "/net/eth77/mtu", "1500\n");
  {
    const auto here = FileLock::acquire(interface_lock(root.path(), 8), "edge 4711");
    ASSERT_TRUE(here.ok()) << here.error().message();
    EXPECT_EQ(refusal(true), "") << "an instance of this namespace shares another device";
  }
  const auto there = FileLock::acquire(interface_locks(root.path()) / "1-7", "edge 4711");
  ASSERT_TRUE(there.ok()) << there.error().message();
  EXPECT_THAT(refusal(true), HasSubstr("has a netdev in another network namespace than this, as has instance "
                                       "'edge' (process 4711) [device_in_use]. Run this in that of the NIC"));
}

/// "lo" stands for a VLAN on the NIC.
TEST_F(NicNetdevsTest, WhatStandsOnANicIsSharedWithIt) {
  DeviceFacts facts;
  facts.pci_address = kNic;
  facts.driver = "ixgbe";
  facts.netdev = "p0";
  root.file("sys/class/net/p0/upper_lo", "");
  const auto lock = FileLock::acquire(interface_lock(root.path(), if_nametoindex("lo")), "edge 4711");
  ASSERT_TRUE(lock.ok()) << lock.error().message();
  const auto may =
      may_take_over(facts, BindDriver::uio_pci_generic, true, {}, 0, bus, root.path() / "devices");
  ASSERT_FALSE(may.ok());
  EXPECT_THAT(may.error().message(), HasSubstr("is shared with the kernel by instance 'edge'"));
}

TEST_F(NicNetdevsTest, ALockThatSomebodyOnlyLooksAtIsTaken) {
  const auto path = interface_lock(root.path(), 9);
  root.file(".ports/" + path.filename().string(), "dead 1\n");
  const int looking = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(looking, LOCK_SH), 0);
  std::thread ends([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    close(looking);
  });
  const auto lock = FileLock::acquire(path, "edge 4711");
  ends.join();
  ASSERT_TRUE(lock.ok()) << lock.error().message();
  EXPECT_EQ(FileLock::holder_now(path), "edge 4711");
  const auto second = FileLock::acquire(path, "other 4712");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().what, "edge 4711");
}

TEST_F(NicNetdevsTest, ANicWithVirtualFunctionsIsTakenOnlyByForce) {
  root.link(kDevice + "/virtfn0", "../0000:01:10.0");
  EXPECT_THAT(refusal(), HasSubstr("0000:01:10.0"));
  EXPECT_THAT(refusal(), HasSubstr("[bind_functions]"));
  EXPECT_EQ(refusal(true), "");
}

}  // namespace
}  // namespace hvs
