// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/af_xdp_port.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "fixture.h"
#include "pmd/ethtool.h"
#include "pmd/probe.h"
#include "tests/support/eventually.h"

namespace hvs {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::RawSocket;
using test::test_frame;
using test::VethPair;

constexpr QueueId kQueue{0};

PortConfig port_config() {
  PortConfig config;
  config.name = "outside";
  config.device = VethPair::kPort;
  return config;
}

AfXdpOptions options() {
  AfXdpOptions out;
  out.bootstrap_object = HVS_BOOTSTRAP_OBJECT;
  out.pool = test::pool();
  return out;
}

std::unique_ptr<AfXdpPort> open_port() {
  auto port = AfXdpPort::open(port_config(), options());
  EXPECT_TRUE(port.ok()) << port.error().message();
  return port.ok() ? std::move(port).value() : nullptr;
}

/// Receives until `wanted` frames are there or a second has passed.
std::vector<rte_mbuf*> receive(AfXdpPort& port, std::size_t wanted) {
  std::vector<rte_mbuf*> all;
  const auto end = std::chrono::steady_clock::now() + 1s;
  std::array<rte_mbuf*, 32> burst{};
  while (all.size() < wanted && std::chrono::steady_clock::now() < end) {
    const std::uint16_t count = port.rx_burst(kQueue, burst.data(), 32);
    all.insert(all.end(), burst.begin(), burst.begin() + count);
  }
  return all;
}

struct AfXdpPortTest : testing::Test {
  void TearDown() override {
    EXPECT_EQ(rte_eth_dev_count_avail(), 0);
    EXPECT_EQ(test::attached_program(VethPair::kPort), 0U);
    const WatchedFds after = list_watched_fds();
    EXPECT_TRUE(added(before.sockets, after.sockets).empty());
    EXPECT_TRUE(added(before.bpf, after.bpf).empty());
    EXPECT_EQ(test::free_mbufs(), free_before) << "lost buffers";
  }
  VethPair pair;
  RawSocket peer{VethPair::kPeer};
  WatchedFds before = list_watched_fds();
  unsigned free_before = test::free_mbufs();
};

TEST_F(AfXdpPortTest, KnowsItsDevice) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  const PortInfo& info = port->info();
  const DeviceFacts facts = probe_device(VethPair::kPort);
  EXPECT_EQ(info.kind, PortKind::af_xdp);
  EXPECT_EQ(info.xdp, XdpMode::native);
  EXPECT_EQ(info.ifindex, facts.ifindex);
  EXPECT_EQ(info.mac, facts.mac);
  EXPECT_EQ(info.mtu, 1500);
  EXPECT_TRUE(info.pre_steered);
  EXPECT_EQ(facts.xdp_program, "hvs_bootstrap");
  EXPECT_EQ(facts.driver, "veth");
  EXPECT_TRUE(eventually([&] { return port->stats().link_up; }));
  EXPECT_TRUE(port->warnings().empty());
}

TEST_F(AfXdpPortTest, TheBootstrapPassesEverything) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  RawSocket kernel(VethPair::kPort);
  peer.send(test_frame(1));
  EXPECT_EQ(kernel.receive(1000), test_frame(1));
  EXPECT_TRUE(receive(*port, 0).empty());
  EXPECT_EQ(port->stats().rx_packets, 0U);
}

TEST_F(AfXdpPortTest, FramesComeInAndGoBackUnchanged) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::replace_with_redirect_all(VethPair::kPort);
  std::uint32_t next = 0;
  for (const std::size_t size : {60U, 64U, 777U, 1514U}) {
    peer.send(test_frame(next, size));
    std::vector<rte_mbuf*> frames = receive(*port, 1);
    ASSERT_EQ(frames.size(), 1U) << size;
    ASSERT_EQ(frames[0]->data_len, size);
    EXPECT_EQ(test::number_of(rte_pktmbuf_mtod(frames[0], std::uint8_t*)), next);
    ASSERT_EQ(port->tx_burst(kQueue, frames.data(), 1), 1);
    EXPECT_EQ(peer.receive(1000), test_frame(next, size));
    ++next;
  }
  const PortStats stats = port->stats();
  EXPECT_EQ(stats.rx_packets, 4U);
  EXPECT_EQ(stats.rx_bytes, 60U + 64 + 777 + 1514);
  EXPECT_EQ(stats.tx_packets, 4U);
  EXPECT_EQ(stats.rx_missed, 0U);
  EXPECT_EQ(stats.tx_dropped, 0U);
}

// More frames than the rings and the pool have places: every buffer must have come back many times.
TEST_F(AfXdpPortTest, BuffersGoRound) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::replace_with_redirect_all(VethPair::kPort);
  constexpr std::uint32_t kRounds = 2000;
  constexpr std::uint32_t kBurst = 32;
  ASSERT_GT(kRounds * kBurst, 4 * rte_mempool_avail_count(test::pool()));
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    for (std::uint32_t i = 0; i < kBurst; ++i) peer.send(test_frame(round * kBurst + i));
    std::vector<rte_mbuf*> frames = receive(*port, kBurst);
    ASSERT_EQ(frames.size(), kBurst) << "round " << round;
    ASSERT_EQ(port->tx_burst(kQueue, frames.data(), kBurst), kBurst) << "round " << round;
    for (std::uint32_t i = 0; i < kBurst; ++i) {
      ASSERT_EQ(peer.receive(1000), test_frame(round * kBurst + i)) << "round " << round;
    }
  }
  EXPECT_EQ(port->stats().rx_packets, kRounds * kBurst);
  EXPECT_EQ(port->stats().rx_missed, 0U);
}

TEST_F(AfXdpPortTest, FramesThatFindNoRoomAreCounted) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::replace_with_redirect_all(VethPair::kPort);
  constexpr std::uint32_t kSent = 5000;
  for (std::uint32_t i = 0; i < kSent; ++i) peer.send(test_frame(i));
  std::vector<rte_mbuf*> frames = receive(*port, kSent);
  EXPECT_LT(frames.size(), kSent);
  EXPECT_EQ(frames.size() + port->stats().rx_missed, kSent);
  for (rte_mbuf* mbuf : frames) rte_pktmbuf_free(mbuf);
}

TEST_F(AfXdpPortTest, ASleeperWakesWhenAFrameComes) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::replace_with_redirect_all(VethPair::kPort);
  pollfd waiting{port->wait_fd(kQueue), POLLIN, 0};
  for (std::uint32_t round = 0; round < 20; ++round) {
    std::array<rte_mbuf*, 4> burst{};
    ASSERT_EQ(port->rx_burst(kQueue, burst.data(), 4),
              0);  // busy-polls the device, as a worker does before sleep
    ASSERT_EQ(poll(&waiting, 1, 0), 0) << "readable without a frame";
    std::thread sender([&] {
      std::this_thread::sleep_for(20ms);
      peer.send(test_frame(round));
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(poll(&waiting, 1, 2000), 1);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
    sender.join();
    ASSERT_EQ(port->rx_burst(kQueue, burst.data(), 4), 1);
    rte_pktmbuf_free(burst[0]);
  }
}

TEST_F(AfXdpPortTest, AnIdleReceiveDoesNotBlock) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  std::array<rte_mbuf*, 4> burst{};
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(port->rx_burst(kQueue, burst.data(), 4), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
}

TEST_F(AfXdpPortTest, BuffersOfAnotherPoolAreSentToo) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  PoolBudget budget = plan_pools({}, 1, false)[0];
  Result<rte_mempool*> other = create_pool("other", budget);
  ASSERT_TRUE(other.ok()) << other.error().message();
  rte_mbuf* mbuf = rte_pktmbuf_alloc(*other);
  const auto frame = test_frame(5);
  std::memcpy(rte_pktmbuf_append(mbuf, 64), frame.data(), 64);
  EXPECT_EQ(port->tx_burst(kQueue, &mbuf, 1), 1);
  EXPECT_EQ(peer.receive(1000), frame);
  EXPECT_EQ(rte_mempool_avail_count(*other), budget.mbufs);
  rte_mempool_free(*other);
}

TEST_F(AfXdpPortTest, OpensAgainAndAgain) {
  const unsigned fds = static_cast<unsigned>(before.sockets.size());
  for (int round = 0; round < 20; ++round) {
    auto port = open_port();
    ASSERT_NE(port, nullptr);
    test::replace_with_redirect_all(VethPair::kPort);
    peer.send(test_frame(9));
    std::vector<rte_mbuf*> frames = receive(*port, 1);
    ASSERT_EQ(frames.size(), 1U);
    rte_pktmbuf_free(frames[0]);
    EXPECT_EQ(list_watched_fds().sockets.size(), fds + 1);
  }
}

TEST_F(AfXdpPortTest, LeavesTheDeviceAsItWas) {
  test::run(std::string("ip link set ") + VethPair::kPort + " promisc on");
  const auto read = [](const char* file) { return test::read_attribute(VethPair::kPort, file); };
  const std::string defer = read("napi_defer_hard_irqs");
  const std::string timeout = read("gro_flush_timeout");
  {
    auto port = open_port();
    ASSERT_NE(port, nullptr);
    EXPECT_NE(EthtoolSocket(VethPair::kPort).flags() & IFF_PROMISC, 0U);
  }
  EXPECT_NE(EthtoolSocket(VethPair::kPort).flags() & IFF_PROMISC, 0U);
  EXPECT_EQ(read("napi_defer_hard_irqs"), defer);
  EXPECT_EQ(read("gro_flush_timeout"), timeout);
}

// Run by the test below, in a process of its own: it ends without detaching.
TEST(AfXdpRestart, DISABLED_EndsAndLeavesItsProgram) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::replace_with_redirect_all(VethPair::kPort);
  port->leave_program_attached();
}

TEST_F(AfXdpPortTest, ARestartFindsTheProgramAndAFreeQueue) {
  // EAL has taken the workers' CPUs from this thread; the child may use all of them again.
  const std::string command = "exec taskset -c 0-" + std::to_string(sysconf(_SC_NPROCESSORS_CONF) - 1) +
                              " env HVS_PMD_TESTS_NETNS=inherit /proc/" + std::to_string(getpid()) +
                              "/exe --gtest_also_run_disabled_tests --gtest_brief=1"
                              " --gtest_filter=AfXdpRestart.DISABLED_EndsAndLeavesItsProgram";
  test::run(command);
  EXPECT_NE(test::attached_program(VethPair::kPort), 0U);
  EXPECT_FALSE(AfXdpPort::open(port_config(), options()).ok());  // Steering::make_room is what frees it
  EXPECT_NE(test::attached_program(VethPair::kPort), 0U);
  test::run(std::string("ip link set ") + VethPair::kPort + " xdp off");
  EXPECT_NE(open_port(), nullptr);
}

/// What is attached when the port asks for room, and when it tells of the bootstrap.
struct Asked {
  std::vector<std::uint32_t> for_room;
  std::vector<std::uint32_t> attached;
  AfXdpOptions options() {
    AfXdpOptions out = hvs::options();
    out.make_room = [this]() -> Result<void> {
      for_room.push_back(test::attached_program(VethPair::kPort));
      if (for_room.back() != 0) test::run(std::string("ip link set ") + VethPair::kPort + " xdp off");
      return {};
    };
    out.bootstrap_attached = [this]() -> Result<void> {
      attached.push_back(test::attached_program(VethPair::kPort));
      return answer;
    };
    return out;
  }
  Result<void> answer;
};

TEST_F(AfXdpPortTest, AsksForRoomAndTellsOfTheBootstrap) {
  Asked asked;
  const auto port = AfXdpPort::open(port_config(), asked.options());
  ASSERT_TRUE(port.ok()) << port.error().message();
  EXPECT_EQ(asked.for_room, std::vector<std::uint32_t>{0});
  EXPECT_EQ(asked.attached, std::vector<std::uint32_t>{test::attached_program(VethPair::kPort)});
}

TEST_F(AfXdpPortTest, AsksForRoomAgainWhenItFails) {
  Asked asked;
  asked.answer = Error{"refused by the test", "", ""};
  const auto port = AfXdpPort::open(port_config(), asked.options());
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.error().message().find("refused by the test"), std::string::npos);
  ASSERT_EQ(asked.attached.size(), 1U);
  EXPECT_EQ(asked.for_room, (std::vector<std::uint32_t>{0, asked.attached.front()}));
  EXPECT_NE(open_port(), nullptr) << "its queue is not free";
}

// The kernel makes a carrier known in its own time.
TEST_F(AfXdpPortTest, SeesTheLinkGoDown) {
  auto port = open_port();
  ASSERT_NE(port, nullptr);
  test::run(std::string("ip link set ") + VethPair::kPeer + " down");
  EXPECT_TRUE(eventually([&] { return !port->stats().link_up; }));
  test::run(std::string("ip link set ") + VethPair::kPeer + " up");
  EXPECT_TRUE(eventually([&] { return port->stats().link_up; }));
}

}  // namespace
}  // namespace hvs
