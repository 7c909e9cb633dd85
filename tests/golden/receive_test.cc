// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/rx/receive.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "tests/golden/rig.h"
#include "tests/support/packet.h"

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

/// What a NIC that looks at IPv4 headers would deliver, and what it says of it.
struct Delivered {
  test::Bytes frame;
  std::uint64_t flags;
};

test::Bytes udp(bool right) {
  test::Ipv4Fields fields;
  if (!right) fields.checksum = 0x1234;
  return test::Packet().eth().ipv4("192.0.2.1", "10.10.0.100", fields).udp(4000, 80).build();
}

/// Frames that stay, by their place in `all`; counters must be right, and no buffer may be lost.
std::vector<unsigned> kept_of(const std::vector<Delivered>& all) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  WorkerCounters counters;
  std::vector<rte_mbuf*> mbufs;
  std::array<Frame, kBurstFrames> frames;
  std::uint64_t bytes = 0;
  for (const Delivered& one : all) {
    mbufs.push_back(rte_pktmbuf_alloc(Rig::pool));
    const auto size = static_cast<std::uint16_t>(one.frame.size());
    std::memcpy(rte_pktmbuf_append(mbufs.back(), size), one.frame.data(), size);
    mbufs.back()->ol_flags = one.flags;
    bytes += size;
  }
  const std::vector<rte_mbuf*> given = mbufs;
  const auto count = static_cast<unsigned>(all.size());
  const unsigned stay = frames_from_port(mbufs.data(), count, PortId{0}, frames.data(), counters);
  std::vector<unsigned> kept;
  for (unsigned i = 0; i < stay; ++i) {
    const auto at = std::find(given.begin(), given.end(), frames[i].mbuf);
    kept.push_back(static_cast<unsigned>(at - given.begin()));
    EXPECT_EQ(frames[i].length, all[kept.back()].frame.size());
    rte_pktmbuf_free(frames[i].mbuf);
  }
  EXPECT_EQ(counters.rx_packets.get(), count);
  EXPECT_EQ(counters.rx_bytes.get(), bytes);
  EXPECT_EQ(counters.drops[static_cast<std::size_t>(Drop::rx_ipv4_checksum)].get(), count - stay);
  EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available);
  return kept;
}

using Kept = std::vector<unsigned>;

TEST(Receive, AHeaderThatTheNicFoundWrongIsACountedLoss) {
  const Delivered good{udp(true), RTE_MBUF_F_RX_IP_CKSUM_GOOD};
  const Delivered bad{udp(false), RTE_MBUF_F_RX_IP_CKSUM_BAD};
  EXPECT_EQ(kept_of({good, bad, good, bad, bad, good}), (Kept{0, 2, 5}));
  EXPECT_EQ(kept_of({bad}), Kept{});
}

TEST(Receive, WithoutTheNicsWordAWrongHeaderGoesOn) {
  const test::Bytes wrong = udp(false);
  constexpr std::uint64_t kFlags[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
                                      RTE_MBUF_F_RX_IP_CKSUM_NONE, RTE_MBUF_F_RX_L4_CKSUM_BAD};
  for (const std::uint64_t flags : kFlags) EXPECT_EQ(kept_of({{wrong, flags}}), Kept{0}) << flags;
}

TEST(Receive, ANicThatIsMistakenLosesNothing) {
  const test::Bytes inner = test::Packet()
                                .eth()
                                .ipv4("192.0.2.1", "10.10.0.100")
                                .ipv4("192.0.2.9", "192.0.2.8", {.checksum = 0x1234})
                                .udp(1, 2)
                                .build();
  const test::Bytes arp(60, 0);
  const test::Bytes v6 = test::Packet().eth().ipv6("fd10::1", "fd10::100").udp(4000, 80).build();
  const test::Bytes fragment =
      test::Packet().eth().ipv4("192.0.2.1", "10.10.0.100", {.offset_bytes = 80}).payload("rest").build();
  for (const test::Bytes& frame : {udp(true), inner, arp, v6, fragment})
    EXPECT_EQ(kept_of({{frame, RTE_MBUF_F_RX_IP_CKSUM_BAD}}), Kept{0});
}

}  // namespace
}  // namespace hvs::golden
