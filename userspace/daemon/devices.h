// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "model/device_facts.h"
#include "pmd/device_lock.h"
#include "pmd/netdev_state.h"
#include "pmd/probe.h"

namespace hvs {

/// The device behind a port, and which kind of port it becomes.
struct Device {
  DeviceFacts facts;
  PortDecision decision;
  /// Of the netdev that went when the NIC was taken from the kernel, later of the companion.
  NetdevState state;
};

/// Of a file that gives one PCI device to two native ports.
[[nodiscard]] Error nic_of_two_ports(const PortConfig& config, const std::string& pci_address);

/// The devices of the configuration, in the order of its ports, before DPDK starts.
class Devices {
 public:
  /// Looks at every device and refuses what can be refused before anything is changed; then takes NICs of
  /// native ports from the kernel.
  static Result<Devices> take(const Config& config);
  /// Gives back to the kernel what was taken here, or only what shall be given back once the start succeeded,
  /// with the addresses and routes that it had, or that its companion had.
  ~Devices();
  Devices(Devices&&) = default;
  Devices& operator=(Devices&&) = delete;
  /// The start succeeded.
  void keep();
  /// The companion of a port goes now: what it has is for the NIC's netdev, if the NIC is given back.
  void remember(std::size_t port, std::uint32_t companion);

  [[nodiscard]] const std::vector<Device>& list() const { return list_; }
  /// PCI addresses of those that DPDK drives.
  [[nodiscard]] std::vector<std::string> pci() const;
  /// One of those has no IOMMU before it.
  [[nodiscard]] bool physical_addresses() const;
  /// How often the kernel locks all of the memory that they may reach: once for those bound to vfio, and once
  /// for each that keeps its driver. 0: no such NIC is among them.
  struct MemoryLocks {
    bool vfio = false;
    unsigned kept = 0;
  };
  [[nodiscard]] MemoryLocks locks_memory() const;

 private:
  struct Taken {
    std::string address;
    std::string port;
    bool restore;        // asked for
    bool give_back_now;  // if it ended now
  };
  Devices() = default;
  Result<void> lock_nic(const PortConfig& config);
  [[nodiscard]] const DeviceLock* lock_of(const std::string& address) const;
  Result<void> take_nic(const PortConfig& config, Device& device, const std::vector<std::string>& together);
  void bring_back(const Taken& nic) const;

  std::vector<DeviceLock> locks_;  // of every NIC of a native port, to the end
  std::vector<Device> list_;
  std::vector<Taken> taken_;
};

/// PCI devices that the configuration wants bound to a driver of userspace's.
std::vector<std::string> taken_together(const Config& config);

/// Looks at one device and says which kind of port it becomes; an error says why none. `together` are those
/// of the whole configuration. That `own_process` has it is no reason.
Result<Device> look_at_device(const PortConfig& config, const std::vector<std::string>& together,
                              int own_process = 0);

}  // namespace hvs
