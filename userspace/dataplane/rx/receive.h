// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/frame.h"
#include "model/counters.h"

namespace hvs {

/// rx. In: mbufs as a port gave them. Out: frames, counted. Exits: drop (mbuf_chain).
/// `frames` has room for `count`; returns how many were filled in.
unsigned frames_from_port(rte_mbuf** mbufs, unsigned count, PortId port, Frame* frames,
                          WorkerCounters& counters);

/// The same for frames that another worker handed over; they carry their port and hops with them.
unsigned frames_from_handoff(rte_mbuf** mbufs, unsigned count, Frame* frames, WorkerCounters& counters);

}  // namespace hvs
