// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/device_facts.h"
#include "model/names.h"
#include "pmd/bound_record.h"
#include "pmd/device_lock.h"
#include "pmd/netdev_state.h"
#include "pmd/pci_bus.h"

// Taking a NIC from the kernel and giving it back: what hvsd does for a native port, and hvsctl without a
// daemon.
namespace hvs {

/// What stands against a native port over this device, known without changing anything: it is in use, has no
/// IOMMU, was not wholly given back, or this machine may be reached through it. `together` are the PCI
/// devices that will be bound with it: they are no strangers in its IOMMU group. That `own_process` has it is
/// no reason. Instances that share it with the kernel are looked for beside `records`.
Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force,
                           const std::vector<std::string>& together = {}, int own_process = 0,
                           const PciBus& bus = PciBus(),
                           const std::filesystem::path& records = kBoundRecords);

/// Binds the PCI device to that driver and notes what it was (bound_record.h), with the addresses and routes
/// of its netdev (kept_state.h). Returns what its companion is to be given. Does nothing else when it is
/// bound so already. Unless forced, a NIC through which this machine may be reached is refused. After an
/// error its netdev is as it was, or the error says what is not.
Result<NetdevState> take_from_kernel(const DeviceLock& lock, const DeviceFacts& facts, BindDriver driver,
                                     bool force, const std::vector<std::string>& together = {});

/// The step of it that changes drivers, for a NIC that a driver of the kernel's may have.
Result<NetdevState> bind_or_reinstate(const DeviceFacts& facts, const std::string& driver, const PciBus& bus,
                                      const std::filesystem::path& records = kBoundRecords);

/// Notes the companion of a NIC that was taken, for whoever gives the NIC back: it has what was kept.
Result<void> note_companion(const std::string& pci_address, const std::string& companion,
                            const std::filesystem::path& records = kBoundRecords);

struct GivenBack {
  std::string netdev;        // empty: the driver made none
  std::size_t saved = 0;     // addresses and routes that were to be set on it
  std::size_t restored = 0;  // those that the kernel took
  bool all_kept = false;     // none of it is on a netdev: giving it back again goes on from here
};

/// Gives it back to the kernel's driver. Its netdev has its former name again, and the addresses and routes
/// of `state`; without one, those of the companion that a daemon left, or what was kept. The companion goes,
/// and what was noted of the NIC, once the netdev has them.
Result<GivenBack> give_back(const DeviceLock& lock, const NetdevState* state = nullptr,
                            const PciBus& bus = PciBus(),
                            const std::filesystem::path& records = kBoundRecords);

/// What a person is to know and do about what was given back; empty: nothing.
std::string advice_after(const GivenBack& given, const std::string& pci_address);

}  // namespace hvs
