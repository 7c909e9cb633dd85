// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/frame.h"
#include "model/counters.h"
#include "runtime/fabric.h"

namespace hvs {

/// rx. In: mbufs as a port gave them. Out: frames, counted. Exits: drop (mbuf_chain, rx_ipv4_checksum).
/// `frames` has room for `count`; returns how many were filled in.
unsigned frames_from_port(rte_mbuf** mbufs, unsigned count, PortId port, Frame* frames,
                          WorkerCounters& counters);

/// The same for what other workers handed over, at most kBurstFrames; those carry their port and hops with
/// them.
unsigned frames_from_handoff(WorkerBox& box, Frame* frames, WorkerCounters& counters);

}  // namespace hvs
