// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/reader.h"

namespace hvs {

/// What the kernel needs to stay reachable and to keep its neighbours, and everything else. Each has a queue
/// of its own, so that a flood of the one leaves room for the other.
enum class PuntClass : std::uint8_t { control, rest };

/// Control are ARP, ND and all of ICMP, IGMP and MLD, the link's own protocols (LACP, LLDP, spanning tree,
/// IS-IS), VRRP, OSPF, PIM, BGP, BFD, DHCP, and ssh, under up to two VLAN tags. A later fragment is not.
[[nodiscard]] PuntClass punt_class(Reader frame);

}  // namespace hvs
