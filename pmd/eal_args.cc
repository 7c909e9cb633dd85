// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "model/message_id.h"
#include "pmd/eal.h"
#include "pmd/eal_log.h"

// What HVS tells EAL, and why. The choice between hugepages and ordinary pages is made here.
namespace hvs {
namespace {

std::uint64_t free_hugepage_bytes() {
  std::uint64_t total = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", ignored)) {
    const std::string name = entry.path().filename();  // hugepages-2048kB
    const std::size_t dash = name.find('-');
    if (dash == std::string::npos) continue;
    const std::uint64_t size_kib = std::strtoull(name.c_str() + dash + 1, nullptr, 10);
    std::uint64_t count = 0;
    std::ifstream(entry.path() / "free_hugepages") >> count;
    total += count * size_kib * 1024;
  }
  return total;
}

std::string in_mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

Result<void> choose_pages(const EalOptions& options, EalPlan& plan) {
  if (options.hugepages == Hugepages::off) {
    plan.why = "hugepages: off";
    return {};
  }
  const std::uint64_t available = free_hugepage_bytes();
  const std::string numbers =
      in_mib(available) + " of free hugepages, " + in_mib(options.memory_bytes) + " wanted";
  plan.hugepages = available >= options.memory_bytes;
  plan.why = numbers;
  if (plan.hugepages || options.hugepages == Hugepages::automatic) return {};
  return message(MessageId::hugepages_few, "memory.hugepages", "not enough hugepages: " + numbers,
                 "Reserve them (sysctl vm.nr_hugepages=" + std::to_string(options.memory_bytes / 2_MiB + 1) +
                     ") or set memory.hugepages to auto or off");
}

std::set<unsigned> usable_cpus() {
  std::set<unsigned> cpus;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus.insert(cpu);
  }
  return cpus;
}

/// Those that no worker has, or all when the workers have all.
std::set<unsigned> control_cpus(const std::set<unsigned>& usable, const std::vector<unsigned>& worker_cpus) {
  std::set<unsigned> left = usable;
  for (const unsigned cpu : worker_cpus) left.erase(cpu);
  return left.empty() ? usable : left;
}

// "0@(0,3),1@1,2@2": lcore 0, the control thread, floats over the CPUs that workers leave; a worker is
// pinned.
Result<std::string> lcores_argument(const std::vector<unsigned>& worker_cpus) {
  const std::set<unsigned> usable = usable_cpus();
  std::string text;
  for (const unsigned cpu : control_cpus(usable, worker_cpus))
    text += (text.empty() ? "--lcores=0@(" : ",") + std::to_string(cpu);
  if (text.empty()) return Error{"cannot read the CPUs of this process", "EAL", ""};
  text += ")";
  unsigned lcore = 1;
  for (const unsigned cpu : worker_cpus) {
    if (!usable.contains(cpu)) {
      return Error{"CPU " + std::to_string(cpu) + " is not among the CPUs of this process", "workers.cpus",
                   "Name CPUs that exist and that the cpuset or CPUAffinity= of the service allows"};
    }
    text += "," + std::to_string(lcore++) + "@" + std::to_string(cpu);
  }
  return text;
}

}  // namespace

Result<EalPlan> plan_eal(const EalOptions& options) {
  EalPlan plan;
  if (Result<void> chosen = choose_pages(options, plan); !chosen) return chosen.error();
  Result<std::string> lcores = lcores_argument(options.worker_cpus);
  if (!lcores) return lcores.error();

  plan.args = {"hvsd", "--file-prefix=hvs-" + options.instance, *lcores, "--main-lcore=0"};
  // The instance has an API of its own; DPDK's telemetry socket and its files for secondary processes would
  // only be left behind in /run/dpdk.
  plan.args.emplace_back("--no-telemetry");
  const std::string mib = std::to_string(options.memory_bytes >> 20);
  if (plan.hugepages) {
    plan.args.insert(plan.args.end(), {"--in-memory", "-m", mib});
  } else {
    plan.args.insert(plan.args.end(), {"--no-huge", "--no-shconf", "-m", mib});
  }
  if (options.physical_addresses && !plan.hugepages) {
    return message(MessageId::hugepages_few, "memory.hugepages",
                   "a NIC without IOMMU (uio) needs packet buffers in hugepages: " + plan.why,
                   "Reserve hugepages (sysctl vm.nr_hugepages), or bind the NIC to vfio-pci");
  }
  // Without physical devices virtual addresses do; PCI devices are touched only when they are ours.
  if (options.pci.empty()) plan.args.emplace_back("--no-pci");
  for (const std::string& address : options.pci) plan.args.insert(plan.args.end(), {"-a", address});
  plan.args.emplace_back(options.physical_addresses ? "--iova-mode=pa" : "--iova-mode=va");
  plan.args.push_back(eal_log::level_argument(options.log_level));
  return plan;
}

}  // namespace hvs
