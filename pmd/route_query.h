// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "net/ip_addr.h"

struct nl_sock;

// What the kernel's routes say of netdevs, in the calling thread's network namespace. An error says that the
// kernel could not be asked.
namespace hvs {

/// The netdevs that a default route leads through: of either family, in any table, by any of several hops,
/// also of a nexthop object.
Result<std::vector<std::uint32_t>> default_route_netdevs();

/// The netdev by which a packet to that address, from that one, leaves now; 0: none.
Result<std::uint32_t> netdev_towards(const IpAddr& addr, const std::optional<IpAddr>& from = std::nullopt);
/// The same by a connected socket; nullptr: there is none.
Result<std::uint32_t> netdev_towards(nl_sock* socket, const IpAddr& addr, const std::optional<IpAddr>& from);

}  // namespace hvs
