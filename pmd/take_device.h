// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

#include "base/result.h"
#include "model/device_facts.h"
#include "model/names.h"

// Taking a NIC from the kernel and giving it back: what hvsd does for a native port, and hvsctl without a
// daemon.
namespace hvs {

/// What stands against a native port over this device, known without changing anything: it is in use, has no
/// IOMMU, or this machine may be reached through it.
Result<void> may_take_over(const DeviceFacts& facts, BindDriver driver, bool force, int own_process = 0);

/// Binds the PCI device to that driver and notes what it was (bound_record.h). Does nothing when it is bound
/// so already. Unless forced, a NIC through which this machine may be reached is refused.
Result<void> take_from_kernel(const DeviceFacts& facts, BindDriver driver, bool force);

/// Gives it back to the kernel's driver; its netdev has its former name again. Returns that name, empty when
/// no netdev came.
Result<std::string> give_back(const std::string& pci_address);

}  // namespace hvs
