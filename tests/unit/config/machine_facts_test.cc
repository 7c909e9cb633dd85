// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/machine_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A tree of files that looks like / of some machine.
class MachineFactsTest : public testing::Test {
 protected:
  MachineFactsTest()
      : root_(std::filesystem::temp_directory_path() / ("hvs-facts-" + std::to_string(getpid()))) {}
  ~MachineFactsTest() override { std::filesystem::remove_all(root_); }
  void file(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  MachineFacts probe() { return probe_machine_files(root_.string()); }
  std::filesystem::path root_;
};

TEST_F(MachineFactsTest, ReadsAWholeMachine) {
  file("sys/devices/system/cpu/online", "0-3,8\n");
  file("proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\nCpus_allowed_list:\t1-2\n");
  file("proc/self/limits",
       "Limit                     Soft Limit           Hard Limit           Units     \n"
       "Max open files            1024                 524288               files     \n"
       "Max locked memory         8388608              unlimited            bytes     \n");
  file("proc/self/mounts", "proc /proc proc rw 0 0\nbpffs /sys/fs/bpf bpf rw,mode=700 0 0\n");
  file("proc/meminfo", "MemTotal:       1000 kB\nMemAvailable:        500 kB\n");
  file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  file("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
  file("sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", "128\n");
  file("sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "100\n");
  file("sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages", "2\n");
  file("sys/devices/system/node/node1/hugepages/hugepages-1048576kB/free_hugepages", "1\n");
  const MachineFacts m = probe();
  EXPECT_THAT(m.cpus_online, ElementsAre(0U, 1U, 2U, 3U, 8U));
  EXPECT_THAT(m.cpus_allowed, ElementsAre(1U, 2U));
  EXPECT_EQ(m.nofile_limit, 524288U);
  EXPECT_EQ(m.memlock_limit, kUnlimited);
  EXPECT_EQ(m.memory_available, 500U * 1024);
  EXPECT_TRUE(m.bpffs_mounted);
  EXPECT_EQ(m.kernel, "6.1.0-18-amd64");
  EXPECT_EQ(m.kernel_major, 6U);
  EXPECT_EQ(m.kernel_minor, 1U);
  EXPECT_EQ(m.local_ports_low, 32768U);
  EXPECT_EQ(m.local_ports_high, 60999U);
  EXPECT_TRUE(m.has_capability(12));
  EXPECT_FALSE(m.has_capability(60));
  EXPECT_THAT(m.hugepages, ElementsAre(HugepagePool{0, std::uint64_t{2} << 20, 128, 100},
                                       HugepagePool{1, std::uint64_t{1} << 30, 2, 1}));
}

TEST_F(MachineFactsTest, ReadsTheHardware) {
  file("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse4_2 popcnt\n\nprocessor\t: 1\nflags\t\t: fpu\n");
  file("sys/devices/system/node/node0/cpulist", "0,2\n");
  file("sys/devices/system/node/node1/cpulist", "1\n");
  file("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  file("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  file("sys/class/iommu/dmar0/x", "");
  file("dev/net/tun", "");
  const MachineFacts m = probe();
  EXPECT_THAT(m.cpu_flags, ElementsAre("fpu", "sse4_2", "popcnt"));
  EXPECT_THAT(m.cpu_nodes, ElementsAre(0, 1, 0));
  EXPECT_EQ(m.node_of(1), 1);
  EXPECT_EQ(m.node_of(3), -1);
  EXPECT_EQ(m.clock_source, "hpet");
  EXPECT_EQ(m.lockdown, "integrity");
  EXPECT_TRUE(m.iommu);
  EXPECT_TRUE(m.tun_device);
}

TEST_F(MachineFactsTest, KnowsWhichDriversOfNicsTheKernelHas) {
  file("proc/sys/kernel/osrelease", "6.1.0-18-cloud\n");
  EXPECT_THAT(probe().missing_drivers, IsEmpty());  // it is not told
  file("lib/modules/6.1.0-18-cloud/modules.dep", "kernel/drivers/net/tun.ko:\n");
  EXPECT_THAT(probe().missing_drivers, ElementsAre("vfio-pci", "uio_pci_generic", "igb_uio"));
  file("lib/modules/6.1.0-18-cloud/modules.dep",
       "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n");
  EXPECT_THAT(probe().missing_drivers, ElementsAre("uio_pci_generic", "igb_uio"));
  file("lib/modules/6.1.0-18-cloud/modules.builtin", "kernel/drivers/uio/uio_pci_generic.ko\n");
  file("sys/bus/pci/drivers/igb_uio/new_id", "");
  EXPECT_THAT(probe().missing_drivers, IsEmpty());
}

TEST_F(MachineFactsTest, AKernelWithoutNumaHasNodeZero) {
  file("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "4\n");
  file("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "3\n");
  EXPECT_THAT(probe().hugepages, ElementsAre(HugepagePool{0, std::uint64_t{2} << 20, 4, 3}));
}

TEST_F(MachineFactsTest, WhatCannotBeReadKeepsItsDefault) {
  const MachineFacts m = probe();
  EXPECT_THAT(m.cpus_online, IsEmpty());
  EXPECT_THAT(m.hugepages, IsEmpty());
  EXPECT_EQ(m.memlock_limit, kUnlimited);
  EXPECT_EQ(m.kernel_major, 0U);
  EXPECT_FALSE(m.bpffs_mounted);
}

TEST_F(MachineFactsTest, NonsenseInFilesDoesNoHarm) {
  file("sys/devices/system/cpu/online", "zero-two\n");
  file("proc/self/status", "CapEff:\nCpus_allowed_list:\t9-1\n");
  file("proc/self/limits", "Max open files\nMax locked memory  x y z\n");
  file("proc/meminfo", "MemAvailable: lots\n");
  file("proc/sys/kernel/osrelease", "six\n");
  file("sys/devices/system/node/node0/hugepages/hugepages-xkB/free_hugepages", "1\n");
  const MachineFacts m = probe();
  EXPECT_THAT(m.cpus_allowed, IsEmpty());
  EXPECT_EQ(m.nofile_limit, kUnlimited);
  EXPECT_EQ(m.memory_available, 0U);
  EXPECT_EQ(m.capabilities, 0U);
  EXPECT_THAT(m.hugepages, IsEmpty());
}

TEST(ParseCpuList, TakesTheKernelsFormAndNothingElse) {
  EXPECT_THAT(parse_cpu_list("0"), ElementsAre(0U));
  EXPECT_THAT(parse_cpu_list("0-2,5"), ElementsAre(0U, 1U, 2U, 5U));
  for (const char* wrong : {"", "x", "3-1", "0-99999999", "-", "1,,x"})
    EXPECT_THAT(parse_cpu_list(wrong), IsEmpty()) << wrong;
}

TEST(ProbeMachine, OfThisMachineIsPlausible) {
  const MachineFacts m = probe_machine();
  EXPECT_FALSE(m.cpus_online.empty());
  EXPECT_FALSE(m.cpus_allowed.empty());
  EXPECT_GT(m.memory_available, 0U);
  EXPECT_GT(m.kernel_major, 2U);
  for (const HostAddress& host : m.addresses) {
    EXPECT_TRUE(host.prefix.contains(host.addr)) << host.addr.text();
    EXPECT_EQ(m.holder(host.addr)->addr, host.addr);
  }
}

}  // namespace
}  // namespace hvs
