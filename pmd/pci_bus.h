// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hvs {

/// A device of an IOMMU group, and the kernel driver that has it (empty: none).
struct GroupMember {
  std::string address;
  std::string driver;
};

/// PCI devices and their kernel drivers, as sysfs shows and changes them. Needs no DPDK and no daemon.
class PciBus {
 public:
  /// Tests give a tree of their own, and play the kernel whenever it is waited for.
  explicit PciBus(const std::filesystem::path& root = "/", std::function<void()> kernel = {})
      : root_(root), kernel_(std::move(kernel)) {}

  [[nodiscard]] bool exists(const std::string& address) const;
  [[nodiscard]] std::string driver_of(const std::string& address) const;
  /// The netdevs of the device, in the network namespace of this sysfs.
  [[nodiscard]] std::vector<std::string> netdevs_of(const std::string& address) const;
  /// A driver of the kernel's has made netdevs of the device, in whatever network namespace they are.
  [[nodiscard]] bool has_netdevs(const std::string& address) const;
  /// Its virtual functions, which go when its driver does.
  [[nodiscard]] std::vector<std::string> virtual_functions_of(const std::string& address) const;
  [[nodiscard]] bool has_iommu_group(const std::string& address) const;
  /// The others of its IOMMU group that keep userspace from having it: bound to a driver that uses them, and
  /// not among those that will be bound together with it.
  [[nodiscard]] std::vector<GroupMember> in_the_way(const std::string& address,
                                                    const std::vector<std::string>& together = {}) const;
  [[nodiscard]] bool has_driver(const std::string& driver) const;

  /// What stands against handing the device to that driver; changes nothing.
  [[nodiscard]] Result<void> may_bind(const std::string& address, const std::string& driver,
                                      const std::vector<std::string>& together = {}) const;
  /// Sees that the kernel has that driver: its module is loaded if need be.
  [[nodiscard]] Result<void> need_driver(const std::string& driver) const;
  /// The processes that have a device open which is bound to vfio-pci or uio: "testpmd (process 4711)".
  [[nodiscard]] std::vector<std::string> users_of(const std::string& address) const;
  /// Takes the device from its driver and gives it to that one. On an error it is back where it was; if it
  /// could not be brought back there, the error says so.
  Result<void> bind(const std::string& address, const std::string& driver) const;
  /// Takes the device from its driver and lets the kernel choose, as at boot; if that takes another one than
  /// it had before (`former`, empty: not known), it gets that one by name.
  Result<void> release(const std::string& address, const std::string& former = "") const;

  /// Looks until it is so, for two seconds at most. False: it never was.
  [[nodiscard]] bool wait_until(const std::function<bool()>& it_is_so) const;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  [[nodiscard]] std::vector<std::filesystem::path> netdev_dirs(const std::string& address) const;
  [[nodiscard]] std::filesystem::path device(const std::string& address) const;
  Result<void> hand_over(const std::string& address, const std::string& driver_override) const;
  [[nodiscard]] std::string put_back(const std::string& address, const std::string& driver) const;
  std::filesystem::path root_;
  std::function<void()> kernel_;
};

/// Runs modprobe; false: there is no such module, or it was not allowed.
bool load_module(const std::string& name);

/// "0000:01:00.0" or "01:00.0".
[[nodiscard]] bool is_pci_address(std::string_view device);

/// A kernel driver that only hands devices to userspace.
[[nodiscard]] bool for_userspace(const std::string& driver);

}  // namespace hvs
