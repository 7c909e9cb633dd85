// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/plan_fixture.h"

// The machine itself, and what native ports need of it.

namespace hvs {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PlanTest, ANativePortIsShownWithItsCompanion) {
  ports[0].kind = PortKind::native;
  ports[0].why = "bound to vfio-pci";
  ports[0].companion = "eth1";
  ports[0].device.driver = "vfio-pci";
  machine.tun_device = true;
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
  EXPECT_THAT(make().lines,
              Contains("port outside: hvs-out, native (bound to vfio-pci), companion eth1, 1 queue, "
                       "MTU 1500, driver vfio-pci"));
  machine.tun_device = false;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("[tun_missing]")));
}

TEST_F(PlanTest, TapDevicesAreForPortsOfEveryKind) {
  ports.push_back(ports[0]);
  config.ports.push_back(config.ports[0]);
  EXPECT_THAT(warnings(), IsEmpty());
  machine.tun_device = false;
  EXPECT_THAT(warnings(), ElementsAre(AllOf(HasSubstr("[tun_missing]"), HasSubstr("punt_unavailable"))));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, ALockedDownKernelKeepsUioFromNics) {
  ports[0].kind = PortKind::native;
  machine.tun_device = true;
  machine.lockdown = "integrity";
  config.memory.hugepages = Hugepages::automatic;
  machine.hugepages = {{0, 2_MiB, 128, 128}};
  config.ports[0].bind = BindDriver::vfio_pci;
  EXPECT_THAT(problems(), IsEmpty());
  config.ports[0].bind = BindDriver::uio_pci_generic;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("[lockdown]")));
  config.ports[0].bind = BindDriver::vfio_pci;
  ports[0].device.driver = "igb_uio";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("[lockdown]")));
  machine.lockdown = "none";
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, ANicThatReachesMemoryByAnIommuLocksAllOfIt) {
  ports[0].kind = PortKind::native;
  ports[0].device.driver = "vfio-pci";
  machine.tun_device = true;
  config.memory.hugepages = Hugepages::automatic;
  machine.hugepages = {{0, 2_MiB, 128, 128}};
  machine.memlock_limit = config.memory.limit_bytes - 1;
  EXPECT_THAT(problems(), IsEmpty()) << "CAP_IPC_LOCK";
  machine.capabilities &= ~(std::uint64_t{1} << 14);
  EXPECT_THAT(
      problems(),
      ElementsAre("RLIMIT_MEMLOCK: NICs of native ports lock 256 MiB of memory, the limit is 256 MiB "
                  "[memlock]. Set LimitMEMLOCK=infinity in the service, run `ulimit -l unlimited`, or "
                  "grant CAP_IPC_LOCK"));
  ports[0].device.driver = "igb_uio";
  EXPECT_THAT(problems(), IsEmpty()) << "no IOMMU";
  ports[0].device.driver = "vfio-pci";
  machine.memlock_limit = config.memory.limit_bytes;
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, NicsThatKeepTheirDriverLockItEach) {
  config.ports.push_back(config.ports[0]);
  ports.push_back(ports[0]);
  config.memory.hugepages = Hugepages::automatic;
  machine.hugepages = {{0, 2_MiB, 128, 128}};
  machine.tun_device = true;
  machine.capabilities &= ~(std::uint64_t{1} << 14);
  for (PortFacts& port : ports) {
    port.kind = PortKind::native;
    port.device.driver = "mlx5_core";
    port.device.bifurcated = true;
  }
  machine.memlock_limit = ports.size() * config.memory.limit_bytes;
  EXPECT_THAT(problems(), IsEmpty());
  machine.memlock_limit -= 1;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("NICs that keep their kernel driver lock " +
                                                std::to_string(ports.size() * 256) + " MiB of memory")));
  for (PortFacts& port : ports) {
    port.device.driver = "vfio-pci";
    port.device.bifurcated = false;
  }
  EXPECT_THAT(problems(), IsEmpty()) << "what is mapped is shared";
}

TEST_F(PlanTest, TheKernelNeedsTheDriverThatANicIsBoundTo) {
  ports[0].kind = PortKind::native;
  machine.tun_device = true;
  machine.kernel = "6.1.0-18-cloud";
  machine.missing_drivers = {"vfio-pci", "igb_uio"};
  ports[0].device.driver = "e1000e";
  config.ports[0].bind = BindDriver::vfio_pci;
  EXPECT_THAT(
      problems(),
      ElementsAre("ports.outside.bind: kernel 6.1.0-18-cloud has no driver vfio-pci, loaded, built in "
                  "or as a module [bind_no_driver]. Install the kernel's extra modules, or choose "
                  "another `bind` driver"));
  machine.missing_drivers = {"igb_uio"};
  EXPECT_THAT(problems(), IsEmpty());
  machine.missing_drivers = {"vfio-pci"};
  ports[0].device.driver = "uio_pci_generic";  // it is bound already
  config.memory.hugepages = Hugepages::automatic;
  machine.hugepages = {{0, 2_MiB, 128, 128}};
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, UioNeedsHugepages) {
  ports[0].kind = PortKind::native;
  machine.tun_device = true;
  EXPECT_THAT(problems(), IsEmpty());
  config.ports[0].bind = BindDriver::uio_pci_generic;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("needs packet buffers in hugepages")));
}

TEST_F(PlanTest, JumboFramesBesideAnAfXdpPort) {
  machine.tun_device = true;
  config.ports.push_back(config.ports[0]);
  ports.push_back(ports[0]);
  ports[1].kind = PortKind::native;
  ports[1].device.mtu = 9000;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("[mtu_mixed]")));
  ports[0].kind = PortKind::native;
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, NumaNodes) {
  machine.cpu_nodes = {0, 0, 1};
  ports[0].device.numa_node = 1;  // the worker runs on CPU 2
  EXPECT_THAT(warnings(), IsEmpty());
  ports[0].device.numa_node = 0;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("[numa_far]")));
  ports[0].device.numa_node = -1;
  buffers.nodes = {{1, 20_MiB}};
  machine.hugepages = {{0, 2_MiB, 64, 64}, {1, 2_MiB, 9, 9}};
  EXPECT_THAT(problems(),
              ElementsAre("NUMA node 1: 20 MiB of hugepages are needed there, 18 MiB are free "
                          "[hugepages_node]. Run `echo 10 >/sys/devices/system/node/node1/hugepages/"
                          "hugepages-2048kB/nr_hugepages`"));
  machine.hugepages[1].free = 10;
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, ACpuThatLacksWhatWasBuiltIn) {
  const auto required = required_cpu_flags();
  if (required.empty()) return;  // built for any
  machine.cpu_flags = required;
  EXPECT_THAT(problems(), IsEmpty());
  machine.cpu_flags.erase(machine.cpu_flags.begin());
  machine.cpu_flags.push_back("fpu");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr(required.front() + " [cpu_features]")));
}

TEST_F(PlanTest, ASlowClock) {
  for (const char* good : {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", ""}) {
    machine.clock_source = good;
    EXPECT_THAT(warnings(), IsEmpty());
  }
  machine.clock_source = "hpet";
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("[clock_source]")));
}

}  // namespace
}  // namespace hvs
