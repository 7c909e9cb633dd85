// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/reader.h"

namespace hvs {

/// What the kernel needs to keep its neighbours and sessions, what anybody may ask it, and everything else.
/// Each has a queue of its own, so that a flood of the one leaves room for the others.
enum class PuntClass : std::uint8_t { control, request, rest };

/// Control are ARP, ND, ICMP errors, IGMP and MLD, the link's own protocols (LACP, LLDP, spanning tree,
/// IS-IS), VRRP, OSPF, PIM, BFD, DHCP, and the segments of BGP and ssh but those that ask for a connection.
/// These and ICMP queries with their answers, echoes foremost, are requests. Both under up to two VLAN tags;
/// a later fragment is neither.
[[nodiscard]] PuntClass punt_class(Reader frame);

}  // namespace hvs
