// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/config/config_file.h"
#include "control/config/plan.h"

namespace hvs {

inline IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

inline HostAddress held(const char* addr, const char* subnet, std::uint8_t length, const char* netdev,
                        bool primary) {
  return {{ip(subnet), length}, ip(addr), netdev, primary};
}

/// A configuration and a machine on which there is nothing to say against it.
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    auto parsed = parse_config(R"(
instance: demo
workers: { count: 1 }
memory: { hugepages: off }
ports:
  - { name: outside, device: hvs-out }
lip_pools:
  - { name: inside, addresses: [10.20.0.10, 10.20.0.11] }
services:
  - name: web
    vip: 10.10.0.100
    port: 80
    scheduler: wrr
    lip_pool: inside
    dests: [ { address: 10.20.0.21 }, { address: 10.20.0.22 } ]
)",
                               "test.yaml");
    config = *parsed;
    machine.cpus_online = machine.cpus_allowed = {0, 1, 2};
    machine.memory_available = 8_GiB;
    machine.memlock_limit = 64_KiB;
    machine.nofile_limit = 1024;
    machine.capabilities = ~std::uint64_t{0};
    machine.bpffs_mounted = true;
    machine.tun_device = true;
    machine.kernel = "6.1.0";
    machine.kernel_major = 6;
    machine.kernel_minor = 1;
    machine.local_ports_low = 32768;
    machine.local_ports_high = 60999;
    machine.addresses = {held("10.10.0.100", "10.10.0.0", 24, "hvs-out", false),
                         held("10.20.0.1", "10.20.0.0", 24, "hvs-in", true),
                         held("10.20.0.10", "10.20.0.10", 32, "hvs-in", false),
                         held("10.20.0.11", "10.20.0.11", 32, "hvs-in", false)};
    PortFacts port;
    port.device.device = port.device.netdev = "hvs-out";
    port.device.exists = port.device.up = port.device.running = true;
    port.device.driver = "veth";
    port.device.mtu = 1500;
    port.why = "the kernel's driver has the device";
    ports = {port};
  }
  Plan make() const { return make_plan(config, machine, ports, buffers); }
  std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const Error& e : make().problems) out.push_back(e.message());
    return out;
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const Error& e : make().warnings) out.push_back(e.message());
    return out;
  }

  Config config;
  MachineFacts machine;
  std::vector<PortFacts> ports;
  BufferFacts buffers{7168, 20_MiB, 18_MiB, {}};
};

}  // namespace hvs
