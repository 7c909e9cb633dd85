// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/ethdev_port.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>

#include "fixture.h"

namespace hvs {
namespace {

PortInfo null_info(std::uint16_t queues) {
  PortInfo info;
  info.name = "null";
  info.queues = queues;
  return info;
}

TEST(EthdevPort, NetNullGivesAndTakesOnEveryQueue) {
  auto port = EthdevPort::open(null_info(2), {.vdev = "net_null0", .args = "size=64", .pool = test::pool()});
  ASSERT_TRUE(port.ok()) << port.error().message();
  std::array<rte_mbuf*, 32> burst{};
  for (const QueueId queue : {QueueId{0}, QueueId{1}}) {
    ASSERT_EQ((*port)->rx_burst(queue, burst.data(), 32), 32);
    EXPECT_EQ((*port)->tx_burst(queue, burst.data(), 32), 32);
  }
  EXPECT_EQ((*port)->stats().rx_packets, 64U);
  EXPECT_EQ((*port)->stats().tx_packets, 64U);
  EXPECT_TRUE((*port)->stats().link_up);
  EXPECT_EQ((*port)->wait_fd(QueueId{0}), -1);
}

TEST(EthdevPort, IsGoneAfterwardsAndOpensAgain) {
  const unsigned before = test::free_mbufs();
  for (int round = 0; round < 3; ++round) {
    auto port = EthdevPort::open(null_info(1), {.vdev = "net_null0", .args = "", .pool = test::pool()});
    ASSERT_TRUE(port.ok()) << port.error().message();
    EXPECT_EQ(rte_eth_dev_count_avail(), 1);
  }
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
  EXPECT_EQ(test::free_mbufs(), before);
}

TEST(EthdevPort, AFailureSaysWhyAndLeavesNothing) {
  auto port = EthdevPort::open(null_info(1), {.vdev = "net_nonsense0", .args = "", .pool = test::pool()});
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().where, "port null");
  EXPECT_NE(port.error().what.find("cannot create the DPDK device"), std::string::npos) << port.error().what;
  auto queues = EthdevPort::open(null_info(5000), {.vdev = "net_null0", .args = "", .pool = test::pool()});
  ASSERT_FALSE(queues.ok());
  EXPECT_NE(queues.error().what.find("cannot configure"), std::string::npos) << queues.error().what;
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
}

TEST(EthdevPort, OfANicWithSeveralDevicesThatOfTheNetdevIsTaken) {
  const auto taken = [](const std::vector<NicPort>& ports, std::uint32_t netdev) {
    const auto port = port_of_netdev(ports, netdev, MacAddr{2, 0, 0, 0, 0, 9});
    return port ? static_cast<int>(port->ethdev) : -1;
  };
  const std::vector<NicPort> two{{4, 11}, {5, 12}};
  EXPECT_EQ(taken(two, 11), 4);
  EXPECT_EQ(taken(two, 12), 5);
  EXPECT_EQ(taken(two, 13), -1) << "another NIC's";
  EXPECT_EQ(taken(two, 0), 4);
  EXPECT_EQ(taken({{7, 0}}, 12), 7) << "a driver that does not tell";
  EXPECT_EQ(taken({}, 12), -1);
  const NicPort untold{8, 0, MacAddr{2, 0, 0, 0, 0, 8}};
  const NicPort alike{9, 0, MacAddr{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(taken({untold, alike}, 12), 9) << "by its MAC address";
  EXPECT_EQ(taken({alike, {5, 12}}, 12), 5) << "what is told comes first";
  EXPECT_EQ(taken({untold, {5, 13, alike.mac}}, 12), -1) << "another netdev's, whatever its MAC address";
}

}  // namespace
}  // namespace hvs
