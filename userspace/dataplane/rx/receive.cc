// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/rx/receive.h"

#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <rte_ring.h>

#include "base/check.h"
#include "net/ipv4_checksum.h"
#include "runtime/mbuf_tag.h"

namespace hvs {

namespace {

void fill(Frame& frame, rte_mbuf* mbuf, PortId port, std::uint8_t hops) {
  frame.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
  frame.length = rte_pktmbuf_data_len(mbuf);
  frame.port = port;
  frame.hops = hops;
  frame.mbuf = mbuf;
}

/// A flag alone is not believed: drivers have set it on fragments, on other protocols, and for the inner one
/// of two headers. Returns how many frames stay, in their order.
[[gnu::noinline, gnu::cold]] unsigned drop_bad_headers(rte_mbuf** mbufs, unsigned count,
                                                       WorkerCounters& counters) {
  unsigned kept = 0;
  for (unsigned i = 0; i < count; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    const bool flagged = (mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD;
    if (!flagged ||
        !wrong_ipv4_checksum({rte_pktmbuf_mtod(mbuf, const std::uint8_t*), rte_pktmbuf_data_len(mbuf)})) {
      mbufs[kept++] = mbuf;
      continue;
    }
    counters.rx_packets.inc();
    counters.rx_bytes.add(rte_pktmbuf_pkt_len(mbuf));
    counters.drop(Drop::rx_ipv4_checksum);
    rte_pktmbuf_free(mbuf);
  }
  return kept;
}

}  // namespace

unsigned frames_from_port(rte_mbuf** mbufs, unsigned count, PortId port, Frame* frames,
                          WorkerCounters& counters) {
  std::uint64_t flags = 0;
  for (unsigned i = 0; i < count; ++i) {
    rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void*));
    flags |= mbufs[i]->ol_flags;
  }
  // The flag's bit is half of another one's, too (nothing can be told).
  if (HVS_UNLIKELY((flags & RTE_MBUF_F_RX_IP_CKSUM_BAD) != 0))
    count = drop_bad_headers(mbufs, count, counters);
  unsigned filled = 0;
  std::uint64_t bytes = 0;
  for (unsigned i = 0; i < count; ++i) {
    bytes += rte_pktmbuf_pkt_len(mbufs[i]);
    // A NIC may fill less of a buffer than there is (e1000: a power of two), and the rest of a jumbo frame
    // into the next one.
    if (HVS_UNLIKELY(mbufs[i]->nb_segs != 1) && rte_pktmbuf_linearize(mbufs[i]) != 0) {
      counters.drop(Drop::mbuf_chain);
      rte_pktmbuf_free(mbufs[i]);
      continue;
    }
    fill(frames[filled++], mbufs[i], port, 0);
  }
  counters.rx_packets.add(count);
  counters.rx_bytes.add(bytes);
  return filled;
}

unsigned frames_from_handoff(WorkerBox& box, Frame* frames, WorkerCounters& counters) {
  rte_mbuf* mbufs[kBurstFrames];
  const unsigned count =
      rte_ring_sc_dequeue_burst(box.handoff, reinterpret_cast<void**>(mbufs), kBurstFrames, nullptr);
  for (unsigned i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void*));
  for (unsigned i = 0; i < count; ++i) fill(frames[i], mbufs[i], port_of(mbufs[i]), hops_of(mbufs[i]));
  counters.handoff_in.add(count);
  return count;
}

}  // namespace hvs
