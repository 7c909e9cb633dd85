// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/ip_addr.h"

namespace hvs {

/// Who might be cut off when a netdev is taken from the kernel. Fake trees and values in tests.
struct BindSurroundings {
  std::filesystem::path root = "/";                       // of proc and sys
  std::string ssh_connection;                             // $SSH_CONNECTION of the one who asks
  std::vector<std::pair<std::string, IpAddr>> addresses;  // (netdev, address) of this machine
  std::vector<std::string> default_routes;                // netdevs that one leads through, of any table
  std::function<std::string(const IpAddr&)> towards;      // the netdev by which a packet to there leaves
};

BindSurroundings surroundings_here();

/// Refuses a netdev through which this machine may be reached: it carries a default route, or a TCP
/// connection to a port on which this machine listens, itself or by what is stacked on it, or it is part of a
/// bridge or bond. An error names the reason.
Result<void> may_take(const std::string& netdev, const BindSurroundings& here);

/// A default route of either family leads through it.
[[nodiscard]] bool has_default_route(const std::string& netdev);

}  // namespace hvs
