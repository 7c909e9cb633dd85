// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "control/config/plan.h"

namespace hvs {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A machine that lacks nothing but what who asks may do.
class PlanNotRoot : public testing::Test {
 protected:
  PlanNotRoot() {
    config = *parse_config("memory: {hugepages: off}\nports: [{name: outside, device: hvs-out}]\n", "test");
    machine.cpus_online = machine.cpus_allowed = {0, 1};
    machine.memory_available = 8_GiB;
    machine.memlock_limit = 64_KiB;
    machine.nofile_limit = 16;
    machine.bpffs_mounted = true;
    PortFacts port;
    port.device.exists = port.device.up = port.device.running = true;
    port.device.netdev = "hvs-out";
    port.device.mtu = 1500;
    port.device.xdp_program_id = 17;
    ports.push_back(port);
    buffers.bytes = buffers.locked_bytes = 40_MiB;
  }
  [[nodiscard]] Plan plan() const { return make_plan(config, machine, ports, buffers); }

  Config config;
  MachineFacts machine;
  std::vector<PortFacts> ports;
  BufferFacts buffers;
};

TEST_F(PlanNotRoot, WhatOnlyRootCanTellIsNamedAndNoProblem) {
  machine.as_root = false;
  const Plan said = plan();
  EXPECT_THAT(said.problems, IsEmpty()) << said.text();
  EXPECT_THAT(
      said.lines,
      Contains("note: not asked as root, so these were not checked: privileges, limits of locked memory "
               "and open files, whose XDP program is on hvs-out (id 17). Run it with sudo for them"));
  EXPECT_THAT(said.text(), Not(HasSubstr("16 allowed")));
}

TEST_F(PlanNotRoot, RootIsToldAllOfIt) {
  const Plan said = plan();
  EXPECT_THAT(said.problems, SizeIs(4)) << said.text();  // memlock, open files, privileges, XDP program
  EXPECT_THAT(said.text(), Not(HasSubstr("not asked as root")));
}

}  // namespace
}  // namespace hvs
