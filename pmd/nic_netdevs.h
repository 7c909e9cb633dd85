// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pmd/pci_bus.h"

namespace hvs {

/// The netdevs that a driver of the kernel's has made of a PCI device; a device may have several.
struct NicNetdevs {
  std::vector<std::string> here;  // in the calling thread's network namespace
  bool elsewhere = false;         // it has some, or others, in another one
};

/// The PCI address of a netdev of this network namespace; empty: none.
std::string pci_address_of(const std::string& netdev);

NicNetdevs netdevs_of_nic(const std::string& pci_address, const PciBus& bus = PciBus(),
                          const std::function<std::string(const std::string&)>& address_of = pci_address_of);

}  // namespace hvs
