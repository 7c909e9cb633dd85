// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>

#include "model/names.h"
#include "net/headers.h"

namespace hvs {

/// The largest MTU whose frames fit a buffer of AF_XDP (pmd/mempool.h).
inline constexpr std::uint16_t kMaxAfXdpMtu = 3434;

/// ETHTOOL_GCHANNELS; all zero when the driver does not say.
struct DeviceChannels {
  std::uint32_t combined = 0;
  std::uint32_t rx = 0;
  std::uint32_t tx = 0;
  std::uint32_t max_combined = 0;
  friend bool operator==(const DeviceChannels&, const DeviceChannels&) = default;
};

/// What the machine says of a device that a port names: a netdev of this network namespace, or a PCI address.
struct DeviceFacts {
  std::string device;  // as it was asked for
  bool exists = false;
  bool is_pci_address = false;  // it was named by PCI address; netdev facts are those of its netdev, if any
  std::string netdev;           // empty: no netdev in this namespace
  std::string driver;           // "veth", "ixgbe", "vfio-pci"; empty: unknown
  std::string pci_address;      // empty: not a PCI device
  int numa_node = -1;
  std::uint32_t ifindex = 0;
  std::uint16_t mtu = 0;
  MacAddr mac{};
  bool up = false;       // administratively
  bool running = false;  // with carrier
  bool loopback = false;
  DeviceChannels channels;
  bool has_default_route = false;    // this machine may be reached through it
  std::uint32_t xdp_program_id = 0;  // 0: none attached
  std::string xdp_program;           // its name
  XdpMode xdp_mode = XdpMode::automatic;
  bool is_vdev = false;  // a virtual device of DPDK's, for tests
  // DPDK's driver for it works beside the kernel's, which keeps the device (mlx5, say).
  bool bifurcated = false;
  // Its name before HVS or hvsctl bound it to a DPDK-compatible driver; empty: not known.
  std::string former_netdev;
  /// A NIC that had this name, and that the kernel has again: giving it back was not finished. The device
  /// that is called so now, if any, is what it left (its companion).
  std::string left_by;
  /// A kernel driver that only hands the device to userspace has it.
  [[nodiscard]] bool for_userspace() const {
    return driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio";
  }
  friend bool operator==(const DeviceFacts&, const DeviceFacts&) = default;
};

}  // namespace hvs
