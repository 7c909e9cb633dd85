// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/device_facts.h"
#include "model/names.h"
#include "pmd/bound_record.h"
#include "pmd/netdev_state.h"
#include "pmd/pci_bus.h"

// Taking a NIC from the kernel and giving it back: what hvsd does for a native port, and hvsctl without a
// daemon.
namespace hvs {

/// What stands against a native port over this device, known without changing anything: it is in use, has no
/// IOMMU, or this machine may be reached through it. `together` are the PCI devices that will be bound with
/// it: they are no strangers in its IOMMU group. That `own_process` has it is no reason.
Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force,
                           const std::vector<std::string>& together = {}, int own_process = 0,
                           const PciBus& bus = PciBus());

/// Binds the PCI device to that driver and notes what it was (bound_record.h). Does nothing when it is bound
/// so already. Unless forced, a NIC through which this machine may be reached is refused. After an error its
/// netdev is as it was.
Result<void> take_from_kernel(const DeviceFacts& facts, BindDriver driver, bool force,
                              const std::vector<std::string>& together = {});

/// The step of it that changes drivers.
Result<void> bind_or_reinstate(const PciBus& bus, const DeviceFacts& facts, const std::string& driver);

/// Notes the companion of a NIC that was taken, for whoever gives the NIC back.
void note_companion(const std::string& pci_address, const std::string& companion,
                    const std::filesystem::path& records = kBoundRecords);

struct GivenBack {
  std::string netdev;        // empty: the driver made none
  std::size_t saved = 0;     // addresses and routes that were to be set on it
  std::size_t restored = 0;  // those that the kernel took
};

/// Gives it back to the kernel's driver. Its netdev has its former name again, and the addresses and routes
/// of `state`; without one, those of the companion that a daemon left. The companion goes.
Result<GivenBack> give_back(const std::string& pci_address, const NetdevState* state = nullptr,
                            const PciBus& bus = PciBus(),
                            const std::filesystem::path& records = kBoundRecords);

}  // namespace hvs
