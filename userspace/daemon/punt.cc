// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/punt.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "runtime/mbuf_tag.h"

namespace hvs {

unsigned PuntService::serve() {
  constexpr unsigned kPerCall = 256;
  rte_mbuf* frames[kPerCall];
  const unsigned count =
      rte_ring_sc_dequeue_burst(fabric_.punt(), reinterpret_cast<void**>(frames), kPerCall, nullptr);
  for (unsigned i = 0; i < count; ++i) {
    Entry& port = ports_[port_of(frames[i]).index()];
    const bool taken =
        port.sink != nullptr &&
        port.sink->write(rte_pktmbuf_mtod(frames[i], const std::uint8_t*), rte_pktmbuf_data_len(frames[i]));
    ++(taken ? port.punted : port.lost);
    rte_pktmbuf_free(frames[i]);
  }
  return count;
}

std::uint64_t PuntService::unavailable() const {
  std::uint64_t sum = 0;
  for (const Entry& port : ports_) sum += port.lost;
  return sum;
}

}  // namespace hvs
