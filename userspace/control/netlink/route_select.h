// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "control/netlink/mirror_state.h"
#include "model/fib.h"

namespace hvs::netlink {

/// One route for each prefix, such that a longest-prefix match over them answers as the kernel's walk through
/// its rules and tables does: a table of an earlier rule wins over a longer prefix of a later one. Sorted by
/// prefix, so that equal contents compare equal.
///
/// Of routes with one prefix and table the lowest metric wins whose next hop is alive. Of a multipath route
/// the first hop is taken whose link has a carrier, else the first whose link is up: the choice is the same
/// for every flow, a connection never moves between paths by itself, and no load is shared.
std::vector<Route> select_routes(const MirrorState& state);

}  // namespace hvs::netlink
