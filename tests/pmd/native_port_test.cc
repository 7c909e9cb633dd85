// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_port.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "fixture.h"
#include "pmd/ethtool.h"
#include "pmd/tap_device.h"
#include "tests/support/eventually.h"
#include "tests/support/packet.h"

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

/// DPDK's af_packet cannot have all multicast: promiscuous mode stands in for it.
TEST(NativePort, PromiscuousModeThatStandsInForAnotherStaysWhenNobodyElseWantsItAnyMore) {
  const test::VethPair veth;
  PortConfig config = port_config();
  config.device = "vdev:net_af_packet0,iface=" + std::string(test::VethPair::kPort);
  auto port = open(config);
  ASSERT_TRUE(port.ok()) << port.error().message();
  std::uint16_t id = 0;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_af_packet0", &id), 0);
  ASSERT_NE(rte_eth_allmulticast_get(id), 1);
  EXPECT_EQ(rte_eth_promiscuous_get(id), 1);
  for (const char* wish : {"on", "off"}) {
    test::run("ip link set " + std::string(kCompanion) + " promisc " + wish);
    (*port)->follow_companion();
    EXPECT_EQ(rte_eth_promiscuous_get(id), 1) << wish;
  }
  EXPECT_NE(EthtoolSocket(test::VethPair::kPort).flags() & IFF_PROMISC, 0U);
}

TEST(NativePort, ACompanionThatWasSetDownStaysDown) {
  std::uint32_t index = 0;
  for (int start = 0; start < 2; ++start) {
    auto port = open(port_config());
    ASSERT_TRUE(port.ok()) << port.error().message();
    (*port)->companion().set_persistent(start == 0);
    if (start == 0) {
      index = (*port)->info().ifindex;
      EXPECT_NE(EthtoolSocket(kCompanion).flags() & IFF_UP, 0U) << "one that is made is set up";
      test::run("ip link set " + std::string(kCompanion) + " down");
      continue;
    }
    EXPECT_EQ((*port)->info().ifindex, index);
    EXPECT_EQ(EthtoolSocket(kCompanion).flags() & IFF_UP, 0U);
  }
  const auto down = NativeCompanion::open(kCompanion, MacAddr{2, 0, 0, 0, 0, 1}, 1500, false);
  ASSERT_TRUE(down.ok()) << down.error().message();
  EXPECT_EQ(EthtoolSocket(kCompanion).flags() & IFF_UP, 0U);
}

/// As when the process has no more files: nothing can be opened, and what is open stays so.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  rlimit before_{};
};

TEST(NativePort, ACompanionThatIsLostOnTheWayToVhostIsAnError) {
  const MacAddr mac{2, 0, 0, 0, 0, 1};
  {
    auto companion = NativeCompanion::open(kCompanion, mac, 1500);
    ASSERT_TRUE(companion.ok()) << companion.error().message();
    const auto tried = [&] {
      const NoMoreFiles none;
      return (*companion)->use_vhost(mac, 1500, test::pool());
    }();
    ASSERT_FALSE(tried.ok());
    EXPECT_NE(tried.error().message().find("Too many open files"), std::string::npos)
        << tried.error().message();
    EXPECT_NE(if_nametoindex(kCompanion), 0U);
  }
  EXPECT_EQ(if_nametoindex(kCompanion), 0U) << "one that was made goes";
}

TEST(NativePort, ATapOfAnotherKindIsNamedAsWhatItIs) {
  test::run("ip tuntap add " + std::string(kCompanion) + " mode tap multi_queue");
  const auto companion = NativeCompanion::open(kCompanion, MacAddr{2, 0, 0, 0, 0, 1}, 1500);
  test::run("ip link del " + std::string(kCompanion));
  ASSERT_FALSE(companion.ok());
  EXPECT_NE(companion.error().fix.find("multi_queue"), std::string::npos) << companion.error().message();
  EXPECT_EQ(companion.error().fix.find("CAP_NET_ADMIN"), std::string::npos);
}

/// DPDK's tap driver looks at IPv4 headers as a NIC does; net_null offers nothing.
TEST(NativePort, HasIpv4HeadersCheckedWhereTheDeviceCan) {
  {
    auto port = open(port_config());
    ASSERT_TRUE(port.ok()) << port.error().message();
    EXPECT_TRUE((*port)->info().offloads.empty());
  }
  constexpr const char* kNic = "hvsP-nic";
  PortConfig config = port_config();
  config.device = "vdev:net_tap0,iface=" + std::string(kNic);
  auto port = open(config);
  ASSERT_TRUE(port.ok()) << port.error().message();
  EXPECT_EQ((*port)->info().offloads, std::vector<std::string>{"rx_ipv4_checksum"});
  const auto frame = [](std::uint16_t id, std::optional<std::uint16_t> checksum) {
    return test::Packet()
        .eth()
        .ipv4("192.0.2.1", "192.0.2.2", {.id = id, .checksum = checksum})
        .udp(1, 2)
        .build();
  };
  const test::RawSocket wire(kNic);
  wire.send(frame(1, std::nullopt));
  wire.send(frame(2, 0x1234));
  std::array<std::uint64_t, 3> flags{};
  const auto receive = [&] {
    std::array<rte_mbuf*, 8> burst{};
    const unsigned count = (*port)->rx_burst(QueueId{0}, burst.data(), 8);
    for (unsigned i = 0; i < count; ++i) {
      const auto* eth = rte_pktmbuf_mtod(burst[i], const EthHdr*);
      const std::uint16_t id = reinterpret_cast<const Ipv4Hdr*>(eth + 1)->id.host();
      if (eth->type == Be{EtherType::ipv4} && id < flags.size())
        flags[id] = burst[i]->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
      rte_pktmbuf_free(burst[i]);
    }
    return flags[1] != 0 && flags[2] != 0;
  };
  EXPECT_TRUE(test::eventually(receive));
  EXPECT_EQ(flags[1], RTE_MBUF_F_RX_IP_CKSUM_GOOD);
  EXPECT_EQ(flags[2], RTE_MBUF_F_RX_IP_CKSUM_BAD);
}

TEST(NativePort, StartsWithoutWhatTheDriverRefuses) {
  using Tries = std::vector<std::pair<bool, std::uint64_t>>;
  const auto tries = [](bool interrupts, std::uint64_t offloads) {
    Tries out;
    for (const StartWishes& wishes : start_tries({interrupts, offloads}))
      out.emplace_back(wishes.interrupts, wishes.offloads);
    return out;
  };
  EXPECT_EQ(tries(false, 0), (Tries{{false, 0}}));
  EXPECT_EQ(tries(true, 0), (Tries{{true, 0}, {false, 0}}));
  EXPECT_EQ(tries(false, 2), (Tries{{false, 2}, {false, 0}}));
  EXPECT_EQ(tries(true, 2), (Tries{{true, 2}, {false, 2}, {true, 0}, {false, 0}}));
}

TEST(NativePort, NamesItsCompanion) {
  PortConfig config = port_config();
  DeviceFacts facts = vdev();
  EXPECT_EQ(companion_name(config, facts), "outside");
  facts.netdev = "eth1";
  EXPECT_EQ(companion_name(config, facts), "eth1");
  facts.bifurcated = true;
  EXPECT_EQ(companion_name(config, facts), "hvs-outside");
  config.companion = "mine";
  EXPECT_EQ(companion_name(config, facts), "mine");
}

/// A socket for each look would be ten a second and port.
TEST(NativePort, LooksAtTheCompanionByOneSocket) {
  auto companion = NativeCompanion::open(kCompanion, MacAddr{2, 0, 0, 0, 0, 1}, 1500);
  ASSERT_TRUE(companion.ok()) << companion.error().message();
  EXPECT_TRUE((*companion)->link().up);
  test::run("ip link set " + std::string(kCompanion) + " down promisc on");
  {
    const NoMoreFiles none_is_left;
    const NetdevLink seen = (*companion)->link();
    EXPECT_TRUE(seen.exists);
    EXPECT_FALSE(seen.up);
    EXPECT_TRUE(seen.promiscuous);
  }
  test::run("ip link del " + std::string(kCompanion));
  EXPECT_FALSE((*companion)->link().exists);
  EXPECT_FALSE((*companion)->link().exists) << "by a socket of its own, after the error";
}

}  // namespace
}  // namespace hvs
