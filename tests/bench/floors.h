// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "tests/bench/measure.h"
#include "tests/bench/synthetic_port.h"

namespace hvs::bench {

/// Receive and send again, nothing else: what no forwarding can be faster than here.
Figure empty_loop(SyntheticPort& port, const std::vector<FlowTuple>& flows, std::uint64_t packets,
                  unsigned runs);

/// Receive, parse, one rte_hash bulk lookup of the tuple and an update of the 64-byte record found, send: the
/// yardstick for a library-built balancer that does nothing to the packet.
Figure rte_hash_floor(SyntheticPort& port, const std::vector<FlowTuple>& flows, std::uint64_t packets,
                      unsigned runs);

}  // namespace hvs::bench
