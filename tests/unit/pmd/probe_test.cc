// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/probe.h"

#include <gtest/gtest.h>

#include "pmd/pci_bus.h"

namespace hvs {
namespace {

PortConfig port(const char* device, PortMode mode = PortMode::automatic) {
  PortConfig config;
  config.name = "outside";
  config.device = device;
  config.mode = mode;
  return config;
}

DeviceFacts netdev(const char* name) {
  DeviceFacts facts;
  facts.device = name;
  facts.netdev = name;
  facts.exists = true;
  return facts;
}

DeviceFacts pci(const char* address, const char* its_netdev) {
  DeviceFacts facts = netdev(its_netdev);
  facts.device = facts.pci_address = address;
  facts.is_pci_address = true;
  return facts;
}

TEST(PciAddress, IsToldFromANetdevName) {
  for (const char* yes : {"0000:01:00.0", "01:00.0", "00a1:fF:1f.7"}) EXPECT_TRUE(is_pci_address(yes)) << yes;
  for (const char* no :
       {"", "eth0", "enp1s0f0", "01:00.8", "1:00.0", "0000-01:00.0", "000g:01:00.0", "0000:01:00.00"}) {
    EXPECT_FALSE(is_pci_address(no)) << no;
  }
}

TEST(DecidePortKind, ANetdevBecomesAnAfXdpPort) {
  for (const PortMode mode : {PortMode::automatic, PortMode::af_xdp}) {
    const auto decision = decide_port_kind(port("eth0", mode), netdev("eth0"));
    ASSERT_TRUE(decision.ok());
    EXPECT_EQ(decision->kind, PortKind::af_xdp);
    EXPECT_FALSE(decision->why.empty());
  }
}

PortKind kind_of(const PortConfig& config, const DeviceFacts& facts) {
  const auto decision = decide_port_kind(config, facts);
  EXPECT_TRUE(decision.ok()) << decision.error().message();
  if (!decision) return PortKind::memory;
  EXPECT_FALSE(decision->why.empty());
  return decision->kind;
}

TEST(DecidePortKind, WhatANicLeftThatWasNotWhollyGivenBackIsNoPort) {
  DeviceFacts tap = netdev("eth0");
  tap.driver = "tun";
  tap.left_by = "0000:01:00.0";
  DeviceFacts gone;
  gone.device = "eth0";
  gone.left_by = tap.left_by;
  for (const PortMode mode : {PortMode::automatic, PortMode::af_xdp, PortMode::native}) {
    const auto with = decide_port_kind(port("eth0", mode), tap);
    ASSERT_FALSE(with.ok());
    EXPECT_NE(with.error().message().find("eth0 is the companion that was left of the NIC 0000:01:00.0"),
              std::string::npos);
    const auto without = decide_port_kind(port("eth0", mode), gone);
    ASSERT_FALSE(without.ok());
    EXPECT_NE(without.error().message().find("hvsctl unbind 0000:01:00.0"), std::string::npos);
  }
}

TEST(DecidePortKind, NativeTakesAPciNicWhoeverHasIt) {
  DeviceFacts nic = netdev("eth0");
  nic.pci_address = "0000:01:00.0";
  nic.driver = "ixgbe";
  EXPECT_EQ(kind_of(port("eth0", PortMode::native), nic), PortKind::native);
  EXPECT_EQ(kind_of(port("0000:01:00.0", PortMode::native), pci("0000:01:00.0", "eth0")), PortKind::native);
  for (const char* driver : {"vfio-pci", "uio_pci_generic", "igb_uio"}) {
    nic.driver = driver;
    for (const PortMode mode : {PortMode::automatic, PortMode::native})
      EXPECT_EQ(kind_of(port("eth0", mode), nic), PortKind::native);
    EXPECT_FALSE(decide_port_kind(port("eth0", PortMode::af_xdp), nic).ok());
  }
}

TEST(DecidePortKind, ABifurcatedNicKeepsItsDriver) {
  DeviceFacts nic = netdev("eth0");
  nic.pci_address = "0000:01:00.0";
  nic.driver = "mlx5_core";
  nic.bifurcated = true;
  PortConfig config = port("eth0", PortMode::native);
  config.bind = BindDriver::none;
  EXPECT_EQ(kind_of(config, nic), PortKind::native);
  EXPECT_EQ(kind_of(port("eth0"), nic), PortKind::af_xdp);
}

TEST(DecidePortKind, BindNoneTakesNothingFromTheKernel) {
  DeviceFacts nic = netdev("eth0");
  nic.pci_address = "0000:01:00.0";
  nic.driver = "ixgbe";
  PortConfig config = port("eth0", PortMode::native);
  config.bind = BindDriver::none;
  const auto decision = decide_port_kind(config, nic);
  ASSERT_FALSE(decision.ok());
  EXPECT_EQ(decision.error().where, "ports.outside.bind");
  EXPECT_NE(decision.error().fix.find("hvsctl bind 0000:01:00.0"), std::string::npos);
}

TEST(DecidePortKind, AutoLeavesAKernelsNicNamedByItsAddressAlone) {
  const auto decision = decide_port_kind(port("0000:01:00.0"), pci("0000:01:00.0", "eth0"));
  ASSERT_FALSE(decision.ok());
  EXPECT_NE(decision.error().fix.find("device: eth0"), std::string::npos);
  EXPECT_NE(decision.error().fix.find("mode: native"), std::string::npos);
}

TEST(DecidePortKind, WhatIsNoPciDeviceIsNotTakenOver) {
  DeviceFacts veth = netdev("veth0");
  veth.driver = "veth";
  EXPECT_FALSE(decide_port_kind(port("veth0", PortMode::native), veth).ok());
  DeviceFacts vdev;
  vdev.exists = vdev.is_vdev = true;
  EXPECT_EQ(kind_of(port("vdev:net_null0", PortMode::native), vdev), PortKind::native);
  EXPECT_FALSE(decide_port_kind(port("vdev:net_null0"), vdev).ok());
}

TEST(DecidePortKind, AnAfXdpPortIsNotNamedByPciAddress) {
  const auto decision = decide_port_kind(port("0000:01:00.0", PortMode::af_xdp), pci("0000:01:00.0", "eth0"));
  ASSERT_FALSE(decision.ok());
  EXPECT_EQ(decision.error().fix, "Write device: eth0");
}

TEST(DecidePortKind, AMissingDeviceIsSaid) {
  DeviceFacts facts;
  const auto no_netdev = decide_port_kind(port("eth9"), facts);
  ASSERT_FALSE(no_netdev.ok());
  EXPECT_EQ(no_netdev.error().what, "no netdev eth9 in this network namespace [device_missing]");
  EXPECT_EQ(no_netdev.error().where, "ports.outside.device");
  facts.is_pci_address = true;
  facts.pci_address = "0000:01:00.0";
  EXPECT_EQ(decide_port_kind(port("01:00.0"), facts).error().what,
            "no PCI device 0000:01:00.0 [device_missing]");
}

TEST(DecidePortKind, TheLoopbackIsNoPort) {
  DeviceFacts lo = netdev("lo");
  lo.loopback = true;
  for (const PortMode mode : {PortMode::automatic, PortMode::af_xdp, PortMode::native}) {
    const auto decision = decide_port_kind(port("lo", mode), lo);
    ASSERT_FALSE(decision.ok());
    EXPECT_EQ(decision.error().message(),
              "ports.outside.device: lo is the loopback device, which leads to no other host [port_mode]. "
              "Name a NIC, or a VLAN, bond or bridge on one");
  }
}

TEST(ProbeDevice, KnowsTheLoopbackAndMissesTheMissing) {
  const DeviceFacts lo = probe_device("lo");
  EXPECT_TRUE(lo.exists);
  EXPECT_NE(lo.ifindex, 0U);
  EXPECT_NE(lo.mtu, 0);
  EXPECT_TRUE(lo.loopback);
  EXPECT_TRUE(lo.pci_address.empty());
  EXPECT_FALSE(probe_device("no-such-device0").exists);
  EXPECT_FALSE(probe_device("0000:ff:1f.7").exists);
  EXPECT_FALSE(probe_rss("lo").known());
}

}  // namespace
}  // namespace hvs
