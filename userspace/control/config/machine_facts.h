// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "net/ip_addr.h"

namespace hvs {

inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

struct HugepagePool {
  int node = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t total = 0;  // pages
  std::uint64_t free = 0;   // pages
  friend bool operator==(const HugepagePool&, const HugepagePool&) = default;
};

/// An address that the kernel holds in this network namespace.
struct HostAddress {
  IpPrefix prefix;  // the subnet
  IpAddr addr;
  std::string netdev;
  bool primary = false;  // the first of its family on the netdev: what the kernel's own connections use
  bool on_link = true;   // false: the netdev, such as lo or a dummy, has no neighbours
};

/// What the machine gives a process, as plain values: --check compares them with what a configuration needs.
struct MachineFacts {
  std::vector<unsigned> cpus_online;
  std::vector<unsigned> cpus_allowed;  // of those, the ones this process may use (cpuset, affinity)
  std::vector<HugepagePool> hugepages;
  std::uint64_t memory_available = 0;        // bytes, ordinary pages
  std::uint64_t memlock_limit = kUnlimited;  // bytes, hard limit: HVS raises the soft one
  std::uint64_t nofile_limit = kUnlimited;   // hard limit
  std::uint64_t capabilities = 0;            // effective, a bit for each CAP_*
  bool as_root = true;         // else limits and capabilities are those of who asks, not of hvsd
  bool bpffs_mounted = false;  // at /sys/fs/bpf
  std::string kernel;          // "6.1.0-18-amd64"
  unsigned kernel_major = 0;
  unsigned kernel_minor = 0;
  std::uint16_t local_ports_low = 0;  // net.ipv4.ip_local_port_range
  std::uint16_t local_ports_high = 0;
  std::vector<std::string> cpu_flags;  // of the first CPU
  std::vector<int> cpu_nodes;          // NUMA node by CPU; -1: not known
  std::string clock_source;
  std::string lockdown;     // "none", "integrity", "confidentiality"; empty: the kernel has no such thing
  bool iommu = false;       // one is at work
  bool tun_device = false;  // /dev/net/tun exists
  std::vector<std::string> missing_drivers;  // of BindDriver's, what the kernel neither has nor can load
  std::vector<HostAddress> addresses;

  [[nodiscard]] int node_of(unsigned cpu) const { return cpu < cpu_nodes.size() ? cpu_nodes[cpu] : -1; }
  [[nodiscard]] const HostAddress* holder(const IpAddr& addr) const;
  /// Neighbours on some link find it: ARP is answered for any address of the host, neighbour discovery for
  /// those of the interface that is asked.
  [[nodiscard]] bool neighbours_find(const IpAddr& addr) const;
  [[nodiscard]] bool has_capability(unsigned number) const { return (capabilities >> number & 1) != 0; }
};

/// Reads them from <root>/proc and <root>/sys; what cannot be read keeps its default. Addresses are not
/// files: probe_addresses() asks the kernel for them.
MachineFacts probe_machine_files(const std::string& root);
std::vector<HostAddress> probe_addresses();
/// Both, of this machine.
MachineFacts probe_machine();

/// CPU features that this binary was built to use, by their names in /proc/cpuinfo.
std::vector<std::string> required_cpu_flags();
/// Of those, what the machine's CPU has not. Nothing when it does not tell its features.
std::vector<std::string> missing_cpu_flags(const MachineFacts& machine);

/// "0-3,8" as the kernel writes CPU lists; nothing of it when it is no such list.
std::vector<unsigned> parse_cpu_list(const std::string& text);

}  // namespace hvs
