// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/pci_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.h"
#include "pmd/bound_record.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kNic = "0000:01:00.0";
const std::string kDevices = "sys/bus/pci/devices/";

class PciBusTest : public testing::Test {
 protected:
  PciBusTest() : root("pci") {
    root.file(kDevices + kNic + "/driver_override", "(null)\n");
    root.file(kDevices + kNic + "/net/eth0/mtu", "1500\n");
    root.file("sys/bus/pci/drivers_probe", "");
    root.link(kDevices + kNic + "/driver", "../../../bus/pci/drivers/ixgbe");
    root.file("sys/bus/pci/drivers/ixgbe/unbind", "");
  }
  void in_group(const std::string& number, const std::vector<std::string>& members) const {
    root.link(kDevices + kNic + "/iommu_group", "../../../kernel/iommu_groups/" + number);
    const std::string group = "sys/bus/kernel/iommu_groups/" + number + "/devices/";
    for (const std::string& member : members) root.file(group + member, "");
  }
  test::FakeRoot root;
  PciBus bus{root.path()};
};

TEST_F(PciBusTest, KnowsADeviceItsDriverAndItsNetdev) {
  EXPECT_TRUE(bus.exists(kNic));
  EXPECT_FALSE(bus.exists("0000:02:00.0"));
  EXPECT_EQ(bus.driver_of(kNic), "ixgbe");
  EXPECT_THAT(bus.netdevs_of(kNic), ElementsAre("eth0"));
  root.file(kDevices + "0000:03:00.0/virtio1/net/eth7/mtu", "1500\n");
  EXPECT_THAT(bus.netdevs_of("0000:03:00.0"), ElementsAre("eth7"));
}

TEST_F(PciBusTest, WithoutIommuVfioIsRefusedAndUioIsNot) {
  const auto refused = bus.may_bind(kNic, "vfio-pci");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("[iommu_off]"));
  EXPECT_TRUE(bus.may_bind(kNic, "uio_pci_generic").ok());
}

TEST_F(PciBusTest, AGroupThatTheKernelUsesIsNamed) {
  in_group("5", {kNic, "0000:01:00.1", "0000:01:00.2", "0000:00:1c.0"});
  EXPECT_TRUE(bus.may_bind(kNic, "vfio-pci").ok());
  root.link(kDevices + "0000:01:00.1/driver", "../../../bus/pci/drivers/ahci");
  root.link(kDevices + "0000:01:00.2/driver", "../../../bus/pci/drivers/vfio-pci");
  root.link(kDevices + "0000:00:1c.0/driver", "../../../bus/pci/drivers/pcieport");
  const auto refused = bus.may_bind(kNic, "vfio-pci");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("0000:01:00.1 (ahci) [iommu_group]"));
  EXPECT_TRUE(bus.may_bind(kNic, "vfio-pci", {kNic, "0000:01:00.1"}).ok()) << "both are taken";
}

TEST_F(PciBusTest, AnotherProcessThatHasTheDeviceIsNamed) {
  in_group("5", {kNic});
  root.file("proc/4711/comm", "testpmd\n");
  root.link("proc/4711/fd/3", "/dev/null");
  EXPECT_THAT(bus.users_of(kNic), IsEmpty());
  root.link("proc/4711/fd/4", "/dev/vfio/5");
  EXPECT_THAT(bus.users_of(kNic), ElementsAre("testpmd (process 4711)"));
  root.file(kDevices + "0000:04:00.0/uio/uio2/name", "x");
  root.file("proc/4712/comm", "hvsd\n");
  root.link("proc/4712/fd/9", "/dev/uio2");
  EXPECT_THAT(bus.users_of("0000:04:00.0"), ElementsAre("hvsd (process 4712)"));
}

TEST_F(PciBusTest, ABindingThatNobodyCarriesOutIsTakenBackAndReported) {
  root.link("sys/bus/bus", "../bus");
  root.file("sys/bus/pci/drivers/vfio-pci/bind", "");
  const auto refused = PciBus(root.path(), [] {}).bind(kNic, "vfio-pci");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("vfio-pci did not take it [bind_failed]. See"));
  EXPECT_THAT(root.read(kDevices + kNic + "/driver_override"), testing::StartsWith("\n"));
}

TEST_F(PciBusTest, ANicThatItsDriverDoesNotTakeBackIsReported) {
  root.link("sys/bus/bus", "../bus");
  const PciBus kernel(root.path(),
                      [this] { std::filesystem::remove(root.path() / kDevices / kNic / "driver"); });
  const auto refused = kernel.bind(kNic, "vfio-pci");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(),
              HasSubstr("it is not back at its driver ixgbe, which did not take it: it has none"));
  EXPECT_THAT(refused.error().message(), HasSubstr("Give it back by hand: hvsctl unbind 0000:01:00.0"));
}

TEST_F(PciBusTest, ADriverOfUserspaceGetsItsDeviceBackByName) {
  const auto device = root.path() / kDevices / kNic;
  const auto give_to = [&](const char* driver) {
    std::filesystem::remove(device / "driver");
    if (*driver != '\0')
      std::filesystem::create_symlink(std::string("../../drivers/") + driver, device / "driver");
  };
  root.file("sys/bus/pci/drivers/igb_uio/unbind", "");
  give_to("igb_uio");
  const PciBus kernel(root.path(), [&] {
    give_to(root.read(kDevices + kNic + "/driver_override").starts_with("igb_uio\n") ? "igb_uio" : "");
  });
  const auto refused = kernel.bind(kNic, "vfio-pci");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("vfio-pci did not take it [bind_failed]. See"));
  EXPECT_EQ(kernel.driver_of(kNic), "igb_uio");
}

TEST_F(PciBusTest, ReleaseWritesWhatSysfsWants) {
  root.link("sys/bus/bus", "../bus");
  ASSERT_TRUE(bus.release(kNic).ok()) << bus.release(kNic).error().message();
  EXPECT_EQ(root.read("sys/bus/pci/drivers/ixgbe/unbind"), kNic);
  EXPECT_EQ(root.read("sys/bus/pci/drivers_probe"), kNic);
}

TEST_F(PciBusTest, ADeviceThatTwoDriversKnowGetsTheOneItHad) {
  const auto device = root.path() / kDevices / kNic;
  const auto give_to = [&](const std::string& driver) {
    std::filesystem::remove(device / "driver");
    std::filesystem::create_symlink("../../drivers/" + driver, device / "driver");
  };
  root.file("sys/bus/pci/drivers/vp_vdpa/unbind", "");
  root.file("sys/bus/pci/drivers/virtio-pci/unbind", "");
  std::string chosen = "virtio-pci";
  const PciBus kernel(root.path(), [&] { give_to(chosen); });
  const auto released = [&](const std::string& former) {
    std::filesystem::remove(device / "driver");
    root.file(kDevices + kNic + "/driver_override", "");
    EXPECT_TRUE(kernel.release(kNic, former).ok());
    return root.read(kDevices + kNic + "/driver_override");
  };
  EXPECT_EQ(released("virtio-pci"), "\n") << "the kernel's own choice";
  EXPECT_EQ(released("vp_vdpa"), "\np_vdpa\n") << "by name, and then no more";
  EXPECT_EQ(root.read("sys/bus/pci/drivers/virtio-pci/unbind"), kNic);
  chosen = "vp_vdpa";
  EXPECT_EQ(released("gone"), "\n") << "the kernel has no such driver any more";
}

TEST_F(PciBusTest, ADriverThatDoesNotTakeItsDeviceAgainLeavesItToTheKernelsChoice) {
  const auto device = root.path() / kDevices / kNic;
  root.file("sys/bus/pci/drivers/vp_vdpa/unbind", "");
  root.file("sys/bus/pci/drivers/virtio-pci/unbind", "");
  const PciBus kernel(root.path(), [&] {
    std::filesystem::remove(device / "driver");
    // The kernel keeps what it was told last; vp_vdpa's probe fails.
    if (root.read(kDevices + kNic + "/driver_override").ends_with("vp_vdpa\n")) return;
    std::filesystem::create_symlink("../../drivers/virtio-pci", device / "driver");
  });
  std::filesystem::remove(device / "driver");
  root.file(kDevices + kNic + "/driver_override", "");
  EXPECT_TRUE(kernel.release(kNic, "vp_vdpa").ok());
  EXPECT_EQ(kernel.driver_of(kNic), "virtio-pci");
}

class BoundRecordTest : public PciBusTest {
 protected:
  [[nodiscard]] std::string found(const std::string& netdev) const {
    const auto nic = find_bound_by_netdev(netdev, bus, dir);
    return nic ? nic->address + (nic->kernel_has_it ? " of the kernel's" : "") : "";
  }
  std::filesystem::path dir = root.path() / "devices";
};

TEST_F(BoundRecordTest, IsWrittenFoundAndRemoved) {
  EXPECT_FALSE(read_bound(kNic, dir).has_value());
  const BoundRecord record{"ixgbe", "eth0", {2, 0, 0, 0xab, 0xcd, 0xef}, 9000, "lb-out", true};
  ASSERT_TRUE(write_bound(kNic, record, dir).ok());
  EXPECT_EQ(read_bound(kNic, dir), record);
  EXPECT_EQ(found("eth1"), "");
  root.file("devices/0000:01:00.0.state", "netdev eth1\n");
  EXPECT_EQ(found("eth1"), "") << "no record";
  std::filesystem::remove(dir / "0000:01:00.0.state");
  remove_bound(kNic, dir);
  EXPECT_FALSE(std::filesystem::exists(dir));
}

TEST_F(BoundRecordTest, ANicThatTheKernelHasAgainIsToldApart) {
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "eth0", {}, 1500, ""}, dir).ok());
  EXPECT_EQ(found("eth0"), "0000:01:00.0 of the kernel's");
  std::filesystem::remove(root.path() / kDevices / kNic / "driver");
  EXPECT_EQ(found("eth0"), "0000:01:00.0") << "nobody has it";
  root.link(kDevices + kNic + "/driver", "../../drivers/vfio-pci");
  EXPECT_EQ(found("eth0"), "0000:01:00.0");
  for (const char* stale : {"0000:00:01.0", "0000:09:00.0"}) {
    root.link(kDevices + stale + "/driver", "../../drivers/ixgbe");
    ASSERT_TRUE(write_bound(stale, {"ixgbe", "eth0", {}, 1500, ""}, dir).ok());
  }
  EXPECT_EQ(found("eth0"), "0000:01:00.0");
}

}  // namespace
}  // namespace hvs
