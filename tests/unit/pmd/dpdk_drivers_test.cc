// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/dpdk_drivers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr PciId kConnectX5{0x15b3, 0x1017, 0x15b3, 0x0007};
constexpr PciId kI82574{0x8086, 0x10d3, 0x8086, 0xa01f};

std::string file_of(const std::string& text) {
  using namespace std::string_literals;
  return "\x7f"
         "ELF\0\0"s +
         "PMD_INFO_STRING= " + text + "\0rest\0"s;
}

TEST(DpdkDrivers, TellWhatTheyDriveAndBesideWhat) {
  const auto drivers =
      drivers_in(file_of(R"({"name": "mlx5_eth", "kmod": "* ib_uverbs & mlx5_core & mlx5_ib",)"
                         R"( "pci_ids": [[5555, 4115, 65535, 65535], [5555, 4119, 65535, 65535]]})") +
                 file_of(R"({"name": "net_e1000_em", "kmod": "* igb_uio | uio_pci_generic | vfio-pci",)"
                         R"( "pci_ids": [[32902, 4307, 65535, 65535]]})") +
                 file_of(R"({"name": "net_virtio_user", "params": "path=<path>"})"));
  ASSERT_EQ(drivers.size(), 3U);
  EXPECT_THAT(drivers[0].kernel_modules, ElementsAre("ib_uverbs", "mlx5_core", "mlx5_ib"));
  EXPECT_TRUE(drivers[0].beside_kernel());
  EXPECT_TRUE(drivers[0].drives(kConnectX5));
  EXPECT_FALSE(drivers[0].drives(kI82574));
  EXPECT_FALSE(drivers[1].beside_kernel());
  EXPECT_TRUE(drivers[1].drives(kI82574));
  EXPECT_FALSE(drivers[2].beside_kernel()) << "it says nothing of the kernel";
  EXPECT_FALSE(drivers[2].drives(kI82574));
}

TEST(DpdkDrivers, OfOneSubsystemDriveThatAlone) {
  const auto drivers = drivers_in(file_of(R"({"name": "x", "kmod": "* x", "pci_ids": [[1, 2, 3, 4]]})"));
  ASSERT_EQ(drivers.size(), 1U);
  EXPECT_TRUE(drivers[0].drives({1, 2, 3, 4}));
  EXPECT_FALSE(drivers[0].drives({1, 2, 3, 5}));
}

TEST(DpdkDrivers, ThatAreMalformedAreLeftOut) {
  for (const char* text : {"", "{", "[]", "7", R"({"name": 7})", R"({"kmod": ["vfio-pci"]})",
                           R"({"name": "x", "pci_ids": [["a", 1, 2, 3]]})"}) {
    EXPECT_THAT(drivers_in(file_of(text)), IsEmpty()) << text;
  }
  EXPECT_THAT(drivers_in(""), IsEmpty());
  EXPECT_THAT(drivers_in("PMD_INFO_STRING= "), IsEmpty());
  const auto odd = drivers_in(file_of(R"({"name": "x", "kmod": "* x", "pci_ids": [[1, 2], 3, []]})"));
  ASSERT_EQ(odd.size(), 1U);
  EXPECT_THAT(odd[0].devices, IsEmpty());
}

TEST(DpdkDrivers, OfDebianAreRead) {
  EXPECT_TRUE(works_beside_kernel(kConnectX5, dpdk_driver_directory()));
  EXPECT_FALSE(works_beside_kernel(kI82574, dpdk_driver_directory()));
  EXPECT_FALSE(works_beside_kernel(PciId{}, dpdk_driver_directory()));
  EXPECT_FALSE(works_beside_kernel(kConnectX5, "/nonexistent"));
}

TEST(PciIdOfADevice, StandsInSysfs) {
  test::FakeRoot root("pci_id");
  root.file("dev/vendor", "0x15b3\n");
  root.file("dev/device", "0x1017\n");
  root.file("dev/subsystem_vendor", "0x15b3\n");
  root.file("dev/subsystem_device", "0x0007\n");
  EXPECT_EQ(read_pci_id(root.path() / "dev"), kConnectX5);
  EXPECT_EQ(read_pci_id(root.path() / "none"), PciId{});
}

}  // namespace
}  // namespace hvs
