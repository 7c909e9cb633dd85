// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <rte_mbuf.h>

#include "model/ids.h"

// What a frame carries from one thread to another, in fields of the mbuf's first cache line that nobody else
// uses between our own rings: the port (of arrival, or of departure on a relay ring) and the number of
// workers that have handed it on.
namespace hvs {

inline void tag_mbuf(rte_mbuf* mbuf, PortId port, std::uint8_t hops) {
  mbuf->port = port.value;
  mbuf->hash.usr = hops;
}
inline PortId port_of(const rte_mbuf* mbuf) { return PortId{mbuf->port}; }
inline std::uint8_t hops_of(const rte_mbuf* mbuf) { return static_cast<std::uint8_t>(mbuf->hash.usr); }

}  // namespace hvs
