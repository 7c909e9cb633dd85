// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/rx/receive.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <cstring>

#include "tests/golden/rig.h"

namespace hvs::golden {
namespace {

/// A frame as a NIC delivers it that fills no more than `bytes` of each buffer.
rte_mbuf* chain(std::uint16_t bytes, unsigned segments) {
  rte_mbuf* head = nullptr;
  for (unsigned i = 0; i < segments; ++i) {
    rte_mbuf* segment = rte_pktmbuf_alloc(Rig::pool);
    std::memset(rte_pktmbuf_append(segment, bytes), static_cast<int>(i + 1), bytes);
    if (head == nullptr) {
      head = segment;
    } else {
      EXPECT_EQ(rte_pktmbuf_chain(head, segment), 0);
    }
  }
  return head;
}

TEST(Receive, AFrameInSegmentsThatOneBufferHoldsBecomesOnePiece) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  WorkerCounters counters;
  Frame frame;
  rte_mbuf* mbuf = chain(500, 3);
  ASSERT_EQ(frames_from_port(&mbuf, 1, PortId{0}, &frame, counters), 1U);
  EXPECT_EQ(frame.length, 1500U);
  EXPECT_EQ(frame.mbuf->nb_segs, 1);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(frame.data[i * 500], i + 1);
    EXPECT_EQ(frame.data[i * 500 + 499], i + 1);
  }
  EXPECT_EQ(counters.rx_bytes.get(), 1500U);
  EXPECT_EQ(counters.drops[static_cast<std::size_t>(Drop::mbuf_chain)].get(), 0U);
  rte_pktmbuf_free(frame.mbuf);
  EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available);
}

TEST(Receive, ALargerOneIsACountedLoss) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  WorkerCounters counters;
  Frame frame;
  rte_mbuf* mbuf = chain(1500, 3);
  EXPECT_EQ(frames_from_port(&mbuf, 1, PortId{0}, &frame, counters), 0U);
  EXPECT_EQ(counters.rx_packets.get(), 1U);
  EXPECT_EQ(counters.drops[static_cast<std::size_t>(Drop::mbuf_chain)].get(), 1U);
  EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available);
}

}  // namespace
}  // namespace hvs::golden
