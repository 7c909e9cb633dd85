// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/ip_addr.h"
#include "pmd/nic_netdevs.h"

namespace hvs {

/// Who might be cut off when a netdev is taken from the kernel. Fake trees and values in tests.
struct BindSurroundings {
  std::filesystem::path root = "/";                       // of proc and sys
  std::string ssh_connection;                             // $SSH_CONNECTION of the one who asks
  std::vector<std::pair<std::string, IpAddr>> addresses;  // (netdev, address) of this machine
  std::vector<std::string> default_routes;                // netdevs that one leads through, of any table
  /// The netdev by which a packet to that peer, from that address, leaves; empty: none.
  std::function<Result<std::string>(const IpAddr& peer, const IpAddr& local)> towards;
};

/// An error says what the kernel did not tell.
Result<BindSurroundings> surroundings_here();

/// Refuses a netdev through which this machine may be reached: it carries a default route, or a TCP
/// connection to a port on which this machine listens, itself or by what is stacked on it, or it is part of a
/// bridge or bond. An error names the reason, or what could not be found out.
Result<void> may_take(const std::string& netdev, const BindSurroundings& here);

/// The same of a NIC with all its netdevs. Besides, one is refused that has a netdev in another network
/// namespace, of whose use nothing is known, or that has virtual functions, which go with its driver.
Result<void> may_take_nic(const std::string& pci_address, const NicNetdevs& netdevs,
                          const std::vector<std::string>& virtual_functions, const BindSurroundings& here);

/// The netdev and everything stacked on it: VLANs, bridges, bonds.
Result<std::vector<std::string>> stack_on(const std::string& netdev, const std::filesystem::path& root = "/");

/// A default route of either family leads through it, or the kernel does not tell.
[[nodiscard]] bool has_default_route(const std::string& netdev);

}  // namespace hvs
