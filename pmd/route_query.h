// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <vector>

#include "net/ip_addr.h"

// What the kernel's routes say of netdevs, in the calling thread's network namespace.
namespace hvs {

/// The netdevs that a default route leads through: of either family, in any table, by any of several hops.
[[nodiscard]] std::vector<std::uint32_t> default_route_netdevs();

/// The netdev by which a packet to that address leaves now; 0: none.
[[nodiscard]] std::uint32_t netdev_towards(const IpAddr& addr);

}  // namespace hvs
