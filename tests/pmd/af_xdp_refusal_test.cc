// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include "fixture.h"
#include "pmd/af_xdp_port.h"
#include "pmd/probe.h"

// What a port that cannot be opened says, and that it leaves nothing.
namespace hvs {
namespace {

using test::VethPair;

PortConfig port_config() {
  PortConfig config;
  config.name = "outside";
  config.device = VethPair::kPort;
  return config;
}

Result<std::unique_ptr<AfXdpPort>> open_with(const PortConfig& config,
                                             const std::string& object = HVS_BOOTSTRAP_OBJECT,
                                             PortId id = PortId{0}) {
  AfXdpOptions options;
  options.id = id;
  options.bootstrap_object = object;
  options.pool = test::pool();
  return AfXdpPort::open(config, options);
}

struct AfXdpRefusal : testing::Test {
  void TearDown() override {
    EXPECT_EQ(rte_eth_dev_count_avail(), 0);
    EXPECT_EQ(test::free_mbufs(), free_before) << "lost buffers";
  }
  unsigned free_before = test::free_mbufs();
};

TEST_F(AfXdpRefusal, AMissingDevice) {
  PortConfig config = port_config();
  config.device = "hvsP-none";
  const auto port = open_with(config);
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().message(),
            "ports.outside.device: no netdev hvsP-none in this network namespace [device_missing]. List them "
            "with: ip link");
}

TEST_F(AfXdpRefusal, TwoQueuesOverAVeth) {
  const VethPair pair;
  PortConfig config = port_config();
  config.queues = 2;
  const auto port = open_with(config);
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().where, "ports.outside.queues");
  EXPECT_NE(port.error().what.find("has no combined channels"), std::string::npos) << port.error().what;
  EXPECT_EQ(test::attached_program(VethPair::kPort), 0U);
}

TEST_F(AfXdpRefusal, QueuesThatNobodyWouldRead) {
  const VethPair pair("numrxqueues 2 numtxqueues 2");
  const auto port = open_with(port_config());
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.error().what.find("receives on 2 queues, of which this port would see 1"), std::string::npos)
      << port.error().what;
  EXPECT_EQ(port.error().fix, std::string("Run: ethtool -L ") + VethPair::kPort + " rx 1");
  test::run(std::string("ethtool -L ") + VethPair::kPort + " rx 1");
  test::run(std::string("ethtool -L ") + VethPair::kPeer + " tx 1");  // XDP on a veth asks for that
  const auto again = open_with(port_config());
  EXPECT_TRUE(again.ok()) << again.error().message();
}

TEST_F(AfXdpRefusal, AnotherProgramStaysAttached) {
  const VethPair pair;
  test::attach_stranger(VethPair::kPort);
  const std::uint32_t theirs = test::attached_program(VethPair::kPort);
  const auto port = open_with(port_config());
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.error().what.find("redirect_all"), std::string::npos) << port.error().what;
  EXPECT_EQ(test::attached_program(VethPair::kPort), theirs);
}

TEST_F(AfXdpRefusal, AnMtuThatDoesNotFit) {
  const VethPair pair;
  test::run(std::string("ip link set ") + VethPair::kPort + " mtu 9000");
  const auto port = open_with(port_config());
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().what, std::string("the MTU of ") + VethPair::kPort +
                                   " is 9000, an AF_XDP port takes 3434 at most [mtu_af_xdp]");
}

TEST_F(AfXdpRefusal, AnObjectThatIsNotThere) {
  const VethPair pair;
  const auto port = open_with(port_config(), "/no/such/bootstrap.bpf.o");
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.error().message().find("--bpf-dir"), std::string::npos);
}

TEST_F(AfXdpRefusal, AQueueThatIsTaken) {
  const VethPair pair;
  const auto first = open_with(port_config());
  ASSERT_TRUE(first.ok()) << first.error().message();
  test::run(std::string("ip link set ") + VethPair::kPort + " xdp off");
  const auto second = open_with(port_config(), HVS_BOOTSTRAP_OBJECT, PortId{1});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().what, std::string("queue 0 of ") + VethPair::kPort +
                                     " is taken by another AF_XDP socket [queue_taken]");
}

// The kernel's own words reach the error, and the half-opened port is gone.
TEST_F(AfXdpRefusal, AProgramThatTheKernelRefuses) {
  const VethPair pair;
  const WatchedFds fds = list_watched_fds();
  test::run(std::string("ip link set ") + VethPair::kPeer +
            " mtu 9000");  // too large for XDP on the other end
  const auto port = open_with(port_config());
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.error().what.find("MTU"), std::string::npos) << port.error().what;
  EXPECT_EQ(test::attached_program(VethPair::kPort), 0U);
  EXPECT_TRUE(added(fds.sockets, list_watched_fds().sockets).empty());
  EXPECT_TRUE(added(fds.bpf, list_watched_fds().bpf).empty());
  test::run(std::string("ip link set ") + VethPair::kPeer + " mtu 1500");
  const auto again = open_with(port_config());
  EXPECT_TRUE(again.ok()) << again.error().message();
}

TEST_F(AfXdpRefusal, ADeviceWithoutNativeXdpWhenNativeIsAskedFor) {
  test::run("ip link add hvsP-ifb type ifb && ip link set hvsP-ifb up");
  PortConfig config = port_config();
  config.device = "hvsP-ifb";
  config.xdp = XdpMode::native;
  const auto native = open_with(config);
  ASSERT_FALSE(native.ok());
  EXPECT_EQ(native.error().where, "ports.outside.xdp") << native.error().message();
  EXPECT_EQ(test::attached_program("hvsP-ifb"), 0U);
  config.xdp = XdpMode::automatic;
  const auto any = open_with(config);
  ASSERT_TRUE(any.ok()) << any.error().message();
  EXPECT_EQ((*any)->info().xdp, XdpMode::generic);
  ASSERT_EQ((*any)->warnings().size(), 1U);
  test::run("ip link del hvsP-ifb");
}

TEST_F(AfXdpRefusal, ADeviceThatIsDownIsOpenedWithAWarning) {
  const VethPair pair;
  test::run(std::string("ip link set ") + VethPair::kPort + " down");
  const auto port = open_with(port_config());
  ASSERT_TRUE(port.ok()) << port.error().message();
  ASSERT_EQ((*port)->warnings().size(), 1U);
  EXPECT_NE((*port)->warnings()[0].find("is down"), std::string::npos);
  EXPECT_FALSE((*port)->stats().link_up);
}

}  // namespace
}  // namespace hvs
