// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_port.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <cerrno>

#include "fixture.h"
#include "pmd/ethtool.h"
#include "pmd/tap_device.h"
#include "tests/support/eventually.h"

namespace hvs {
namespace {

constexpr const char* kCompanion = "hvsP-comp";

PortConfig port_config() {
  PortConfig config;
  config.name = "outside";
  config.device = "vdev:net_null0,size=64";
  config.mode = PortMode::native;
  return config;
}

DeviceFacts vdev() {
  DeviceFacts facts;
  facts.exists = facts.is_vdev = true;
  return facts;
}

Result<std::unique_ptr<NativePort>> open(const PortConfig& config, std::uint16_t mtu = 1500) {
  NativeOptions options;
  options.pool = test::pool();
  options.mtu = mtu;
  options.companion = kCompanion;
  return NativePort::open(config, vdev(), options);
}

/// The kernel makes a carrier known in its own time.
bool runs_soon(const char* netdev) {
  return test::eventually([&] { return (EthtoolSocket(netdev).flags() & IFF_RUNNING) != 0; });
}

TEST(NativePort, HasACompanionWithItsMacAndItsLink) {
  {
    auto port = open(port_config());
    ASSERT_TRUE(port.ok()) << port.error().message();
    const PortInfo& info = (*port)->info();
    EXPECT_EQ(info.kind, PortKind::native);
    EXPECT_FALSE(info.pre_steered);
    EXPECT_EQ(info.ifindex, if_nametoindex(kCompanion));
    EXPECT_NE(info.mac, MacAddr{});
    EXPECT_EQ(EthtoolSocket(kCompanion).mac(), info.mac);
    EXPECT_EQ(EthtoolSocket(kCompanion).mtu(), 1500);
    EXPECT_TRUE(runs_soon(kCompanion)) << "net_null always has a link";
    std::array<rte_mbuf*, 8> burst{};
    ASSERT_EQ((*port)->rx_burst(QueueId{0}, burst.data(), 8), 8);
    EXPECT_EQ((*port)->tx_burst(QueueId{0}, burst.data(), 8), 8);
    EXPECT_FALSE((*port)->xstats().empty());
  }
  EXPECT_EQ(if_nametoindex(kCompanion), 0U) << "one that was made goes";
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
}

TEST(NativePort, APersistentCompanionStaysWithoutCarrierAndIsTakenAgain) {
  std::uint32_t index = 0;
  {
    auto port = open(port_config());
    ASSERT_TRUE(port.ok()) << port.error().message();
    (*port)->companion().set_persistent(true);
    index = (*port)->info().ifindex;
  }
  ASSERT_EQ(if_nametoindex(kCompanion), index);
  // The kernel takes its time to tell of a carrier.
  EXPECT_TRUE(test::eventually([] { return (EthtoolSocket(kCompanion).flags() & IFF_RUNNING) == 0; }));
  EXPECT_TRUE(is_tap(kCompanion));
  {
    auto port = open(port_config());
    ASSERT_TRUE(port.ok()) << port.error().message();
    EXPECT_EQ((*port)->info().ifindex, index);
    const auto other = NativeCompanion::open(kCompanion, MacAddr{2, 0, 0, 0, 0, 1}, 1500);
    ASSERT_FALSE(other.ok());
    EXPECT_NE(other.error().fix.find("Another process has it"), std::string::npos);
    (*port)->companion().set_persistent(false);
  }
  EXPECT_EQ(if_nametoindex(kCompanion), 0U);
}

TEST(NativePort, ANameThatIsTakenIsRefused) {
  const test::VethPair veth;
  const auto companion = NativeCompanion::open(test::VethPair::kPort, MacAddr{2, 0, 0, 0, 0, 1}, 1500);
  ASSERT_FALSE(companion.ok());
  EXPECT_NE(companion.error().message().find("taken by another network device"), std::string::npos);
}

TEST(NativePort, MoreQueuesThanTheDeviceHasAreRefusedByNumber) {
  PortConfig config = port_config();
  config.queues = 5000;
  const auto port = open(config);
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().where, "ports.outside.queues");
  EXPECT_NE(port.error().what.find("fewer than `queues`"), std::string::npos);
  EXPECT_EQ(rte_eth_dev_count_avail(), 0);
}

TEST(NativePort, AnMtuThatNoBufferHoldsIsTakenBack) {
  auto port = open(port_config());
  ASSERT_TRUE(port.ok()) << port.error().message();
  test::run("ip link set " + std::string(kCompanion) + " mtu 9000");
  const auto refused = (*port)->follow_mtu(9000);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().fix.find("mtu: 9000"), std::string::npos);
  EXPECT_EQ((*port)->info().mtu, 1500);
  EXPECT_EQ(EthtoolSocket(kCompanion).mtu(), 1500);
}

TEST(NativePort, ADriverThatChangesNothingWhileItRunsAllowsASmallerMtu) {
  EXPECT_TRUE(may_have_mtu(0, 9000, 1500));
  EXPECT_TRUE(may_have_mtu(-EBUSY, 1400, 1500));
  EXPECT_TRUE(may_have_mtu(-EBUSY, 1500, 1500)) << "back again";
  EXPECT_FALSE(may_have_mtu(-EBUSY, 1501, 1500));
  EXPECT_FALSE(may_have_mtu(-EINVAL, 1400, 1500));
}

TEST(NativePort, WhatTheKernelSendsIsRead) {
  auto port = open(port_config());
  ASSERT_TRUE(port.ok()) << port.error().message();
  std::array<rte_mbuf*, 64> frames{};
  std::uint64_t lost = 0;
  const auto take = [&] {
    return (*port)->companion().take(frames.data(), frames.size(), test::pool(), lost);
  };
  for (unsigned count = take(); count != 0; count = take()) rte_pktmbuf_free_bulk(frames.data(), count);
  const test::RawSocket kernel(kCompanion);
  kernel.send(test::test_frame(7, 100));
  bool found = false;
  const unsigned count = take();
  for (unsigned i = 0; i < count; ++i) {
    if (rte_pktmbuf_data_len(frames[i]) != 100) continue;
    found = true;
    EXPECT_EQ(test::number_of(rte_pktmbuf_mtod(frames[i], const std::uint8_t*)), 7U);
  }
  rte_pktmbuf_free_bulk(frames.data(), count);
  EXPECT_TRUE(found);
  EXPECT_EQ(lost, 0U);
  const auto up = test::test_frame(8, 80);
  EXPECT_TRUE((*port)->companion().write(up.data(), up.size()));
  EXPECT_EQ(kernel.receive(1000), up);
}

TEST(NativePort, NamesItsCompanion) {
  PortConfig config = port_config();
  DeviceFacts facts = vdev();
  EXPECT_EQ(companion_name(config, facts), "outside");
  facts.netdev = "eth1";
  EXPECT_EQ(companion_name(config, facts), "eth1");
  facts.driver = "mlx5_core";
  EXPECT_EQ(companion_name(config, facts), "hvs-outside");
  config.companion = "mine";
  EXPECT_EQ(companion_name(config, facts), "mine");
}

}  // namespace
}  // namespace hvs
