// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/headers.h"
#include "pmd/pci_bus.h"

// A NIC that is bound to vfio-pci has no name, no MAC address and no MTU for the kernel. Whoever binds it
// notes them in /run/hvs/devices/, which lasts as long as the binding does: until the machine starts anew.
namespace hvs {

struct BoundRecord {
  std::string driver;  // the kernel's, to give it back to; empty: it had none
  std::string netdev;
  MacAddr mac{};
  std::uint16_t mtu = 0;
  std::string companion;   // the TAP device that has its addresses and routes; empty: none was made
  bool returning = false;  // giving it back has begun
  friend bool operator==(const BoundRecord&, const BoundRecord&) = default;
};

inline const std::filesystem::path kBoundRecords = "/run/hvs/devices";

std::optional<BoundRecord> read_bound(const std::string& pci_address,
                                      const std::filesystem::path& dir = kBoundRecords);
Result<void> write_bound(const std::string& pci_address, const BoundRecord& record,
                         const std::filesystem::path& dir = kBoundRecords);
void remove_bound(const std::string& pci_address, const std::filesystem::path& dir = kBoundRecords);

struct BoundNic {
  std::string address;
  /// The kernel has a driver on it again: the name may mean anything by now.
  bool kernel_has_it = false;
};

/// The NIC that had this netdev; if several did, one that the kernel does not have.
std::optional<BoundNic> find_bound_by_netdev(const std::string& netdev, const PciBus& bus = PciBus(),
                                             const std::filesystem::path& dir = kBoundRecords);

}  // namespace hvs
