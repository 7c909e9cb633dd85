// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hvs {

/// A PCI device's kind; 0xffff in a driver's list: any.
struct PciId {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint16_t subsystem_vendor = 0;
  std::uint16_t subsystem_device = 0;
  friend bool operator==(const PciId&, const PciId&) = default;
};

/// What a driver of DPDK's says of itself in its file (RTE_PMD_REGISTER_KMOD_DEP, RTE_PMD_REGISTER_PCI_TABLE;
/// dpdk-pmdinfo shows the same).
struct DpdkDriver {
  std::string name;
  std::vector<std::string> kernel_modules;  // that it needs, or one of which it needs
  std::vector<PciId> devices;

  /// It works beside the kernel's driver, which keeps the device: none of the modules that it works with only
  /// hands devices to userspace.
  [[nodiscard]] bool beside_kernel() const;
  [[nodiscard]] bool drives(const PciId& device) const;
};

/// All that `file`'s bytes tell of; what is malformed is left out.
[[nodiscard]] std::vector<DpdkDriver> drivers_in(std::string_view file);

/// Where DPDK looks for its drivers.
[[nodiscard]] const std::filesystem::path& dpdk_driver_directory();

/// Some driver of a directory drives the device, and beside the kernel's driver. Reads the directory's
/// network drivers: some milliseconds.
[[nodiscard]] bool works_beside_kernel(const PciId& device, const std::filesystem::path& directory);

/// What sysfs says of a device (/sys/bus/pci/devices/ADDRESS); zeros where it does not.
[[nodiscard]] PciId read_pci_id(const std::filesystem::path& sysfs_device);

}  // namespace hvs
