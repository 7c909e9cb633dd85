// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/memory_port.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <rte_mbuf.h>

#include <array>

#include "fixture.h"

namespace hvs {
namespace {

using test::test_frame;

constexpr QueueId kFirst{0};
constexpr QueueId kSecond{1};

struct MemoryPortTest : testing::Test {
  MemoryPortTest() : before(test::free_mbufs()), port(make_info(), test::pool()) {}
  void TearDown() override { EXPECT_EQ(test::free_mbufs(), before) << "lost buffers"; }
  static PortInfo make_info() {
    PortInfo info;
    info.id = PortId{7};
    info.name = "memory";
    info.queues = 2;
    return info;
  }
  bool readable(QueueId queue) const {
    pollfd waiting{port.wait_fd(queue), POLLIN, 0};
    return poll(&waiting, 1, 0) == 1;
  }
  unsigned before;
  MemoryPort port;
  std::array<rte_mbuf*, 8> burst{};
};

TEST_F(MemoryPortTest, FramesComeOutAsTheyWentIn) {
  ASSERT_TRUE(port.inject(kFirst, test_frame(1)));
  ASSERT_TRUE(port.inject(kFirst, test_frame(2, 1514)));
  ASSERT_TRUE(port.inject(kSecond, test_frame(3)));
  EXPECT_TRUE(readable(kFirst));
  ASSERT_EQ(port.rx_burst(kFirst, burst.data(), 8), 2);
  EXPECT_FALSE(readable(kFirst));
  EXPECT_TRUE(readable(kSecond));
  EXPECT_EQ(burst[0]->port, 7);
  ASSERT_EQ(port.tx_burst(kSecond, burst.data(), 2), 2);
  EXPECT_EQ(port.take_sent(kSecond), (std::vector<FrameBytes>{test_frame(1), test_frame(2, 1514)}));
  EXPECT_TRUE(port.take_sent(kSecond).empty());
  const PortStats stats = port.stats();
  EXPECT_EQ(stats.rx_packets, 2U);
  EXPECT_EQ(stats.rx_bytes, 64U + 1514U);
  EXPECT_EQ(stats.tx_packets, 2U);
  EXPECT_EQ(stats.tx_bytes, 64U + 1514U);
}

TEST_F(MemoryPortTest, AFullTransmitQueueTakesWhatFits) {
  port.set_tx_capacity(kFirst, 1);
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(port.inject(kFirst, test_frame(i)));
  ASSERT_EQ(port.rx_burst(kFirst, burst.data(), 8), 3);
  EXPECT_EQ(port.tx_burst(kFirst, burst.data(), 3), 1);
  EXPECT_EQ(port.tx_burst(kFirst, burst.data() + 1, 2), 0);
  EXPECT_EQ(port.take_sent(kFirst).size(), 1U);
  EXPECT_EQ(port.tx_burst(kFirst, burst.data() + 1, 2), 1);
  rte_pktmbuf_free(burst[2]);
}

TEST_F(MemoryPortTest, AFullReceiveQueueIsCounted) {
  port.set_rx_capacity(kFirst, 1);
  EXPECT_TRUE(port.inject(kFirst, test_frame(1)));
  EXPECT_FALSE(port.inject(kFirst, test_frame(2)));
  EXPECT_EQ(port.stats().rx_missed, 1U);
  EXPECT_EQ(port.pending(kFirst), 1U);
  EXPECT_FALSE(port.inject(kSecond, FrameBytes(5000)));  // longer than an mbuf
}

TEST_F(MemoryPortTest, SegmentsAreSentAsOneFrame) {
  ASSERT_TRUE(port.inject(kFirst, test_frame(1)));
  ASSERT_TRUE(port.inject(kFirst, test_frame(2)));
  ASSERT_EQ(port.rx_burst(kFirst, burst.data(), 8), 2);
  ASSERT_EQ(rte_pktmbuf_chain(burst[0], burst[1]), 0);
  ASSERT_EQ(port.tx_burst(kFirst, burst.data(), 1), 1);
  FrameBytes both = test_frame(1);
  const FrameBytes second = test_frame(2);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(port.take_sent(kFirst), std::vector<FrameBytes>{both});
}

TEST_F(MemoryPortTest, ReplayHasNoEndAndKeepsNothing) {
  port.set_replay(kFirst, {test_frame(1), test_frame(2), test_frame(3)});
  for (int round = 0; round < 100; ++round) {
    ASSERT_EQ(port.rx_burst(kFirst, burst.data(), 8), 8);
    EXPECT_EQ(test::number_of(rte_pktmbuf_mtod(burst[0], std::uint8_t*)), (8U * round) % 3 + 1);
    ASSERT_EQ(port.tx_burst(kFirst, burst.data(), 8), 8);
  }
  EXPECT_TRUE(port.take_sent(kFirst).empty());
  EXPECT_EQ(port.stats().tx_packets, 800U);
  port.set_replay(kFirst, {});
  EXPECT_EQ(port.rx_burst(kFirst, burst.data(), 8), 0);
}

}  // namespace
}  // namespace hvs
