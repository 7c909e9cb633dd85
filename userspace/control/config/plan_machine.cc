// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan_machine.h"

#include <algorithm>
#include <set>
#include <string>

#include "model/message_id.h"

namespace hvs {

namespace {

std::string mib(std::uint64_t bytes) { return std::to_string((bytes + 1_MiB - 1) >> 20) + " MiB"; }

/// The start takes the NIC from the kernel.
bool is_to_be_bound(const PortConfig& port, const PortFacts& facts) {
  const DeviceFacts& device = facts.device;
  return facts.kind == PortKind::native && !device.is_vdev && !device.bifurcated && !device.for_userspace() &&
         port.bind != BindDriver::none;
}

class MachinePlanner {
 public:
  MachinePlanner(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                 const BufferFacts& buffers, Plan& plan)
      : config_(config), machine_(machine), ports_(ports), buffers_(buffers), plan_(plan) {
    if (const auto cpus = worker_cpus(config, machine); cpus) cpus_ = *cpus;
  }

  void plan() {
    cpu_features();
    clock();
    nodes();
    const bool any_native = std::any_of(ports_.begin(), ports_.end(),
                                        [](const PortFacts& p) { return p.kind == PortKind::native; });
    tun_device(any_native);
    if (any_native) native();
  }

 private:
  static Result<std::vector<unsigned>> worker_cpus(const Config& config, const MachineFacts& machine) {
    return hvs::worker_cpus(config.workers, machine);
  }
  void problem(MessageId id, const std::string& where, const std::string& what, const std::string& fix) {
    plan_.problems.push_back(message(id, where, what, fix));
  }
  void warn(MessageId id, const std::string& where, const std::string& what, const std::string& fix) {
    plan_.warnings.push_back(message(id, where, what, fix));
  }

  void cpu_features() {
    std::string list;
    for (const std::string& flag : missing_cpu_flags(machine_)) list += (list.empty() ? "" : ", ") + flag;
    if (list.empty()) return;
    problem(MessageId::cpu_features, "CPU", "it lacks what this binary was built for: " + list,
            "Build for this machine (cmake -D HVS_MARCH=x86-64), or use a newer one");
  }

  void clock() {
    const std::string& clock = machine_.clock_source;
    if (clock != "hpet" && clock != "acpi_pm" && clock != "jiffies" && clock != "refined-jiffies") return;
    warn(MessageId::clock_source, "clock",
         "the kernel reads its time from " + clock + ", which is slow: it does not trust the CPU's counter",
         "See `dmesg | grep -i tsc`; in a virtual machine choose kvm-clock or tsc");
  }

  /// Memory is taken on the node of a port's NIC, and its workers should run there.
  void nodes() {
    for (const auto& [node, bytes] : buffers_.nodes) {
      std::uint64_t free = 0;
      std::uint64_t page = 2_MiB;
      for (const HugepagePool& pool : machine_.hugepages) {
        if (pool.node != node) continue;
        free += pool.free * pool.page_bytes;
        page = pool.page_bytes;
      }
      if (node < 0 || free >= bytes) continue;
      problem(MessageId::hugepages_node, "NUMA node " + std::to_string(node),
              mib(bytes) + " of hugepages are needed there, " + mib(free) + " are free",
              "Run `echo " + std::to_string((bytes + page - 1) / page) + " >/sys/devices/system/node/node" +
                  std::to_string(node) + "/hugepages/hugepages-" + std::to_string(page >> 10) +
                  "kB/nr_hugepages`");
    }
    std::set<int> of_workers;
    for (const unsigned cpu : cpus_) of_workers.insert(machine_.node_of(cpu));
    for (std::size_t i = 0; i < std::min(ports_.size(), config_.ports.size()); ++i) {
      const int node = ports_[i].device.numa_node;
      if (node < 0 || cpus_.empty() || of_workers.contains(node) || of_workers.contains(-1)) continue;
      warn(MessageId::numa_far, "ports." + config_.ports[i].name,
           "its NIC is on NUMA node " + std::to_string(node) + ", and no worker runs there",
           "Name CPUs of that node in workers.cpus (lscpu shows them)");
    }
    const std::set<int> of_machine(machine_.cpu_nodes.begin(), machine_.cpu_nodes.end());
    if (of_machine.size() > 1 && of_workers.size() == 1 && ports_.size() > 1) {
      plan_.lines.push_back("NUMA: " + std::to_string(of_machine.size()) + " nodes, all workers on node " +
                            std::to_string(*of_workers.begin()));
    }
  }

  void tun_device(bool any_native) {
    if (machine_.tun_device || ports_.empty()) return;
    if (any_native) {
      warn(MessageId::tun_missing, "/dev/net/tun",
           "a native port's companion needs it, and it is not there: the start will try `modprobe tun`",
           "In a container pass the device in");
    } else {
      warn(MessageId::tun_missing, "/dev/net/tun",
           "the companions of af_xdp ports need it, and it is not there: steered frames that are not ours "
           "will be dropped (punt_unavailable)",
           "Run `modprobe tun` before the start; in a container pass the device in");
    }
  }

  void native() {
    const bool af_xdp = std::any_of(ports_.begin(), ports_.end(),
                                    [](const PortFacts& p) { return p.kind == PortKind::af_xdp; });
    for (std::size_t i = 0; i < std::min(ports_.size(), config_.ports.size()); ++i) {
      if (ports_[i].kind != PortKind::native) continue;
      const PortConfig& port = config_.ports[i];
      const DeviceFacts& device = ports_[i].device;
      need_driver(port, ports_[i]);
      const bool uio = takes_physical_addresses(port, ports_[i]);
      if (uio && (machine_.lockdown == "integrity" || machine_.lockdown == "confidentiality")) {
        problem(MessageId::lockdown, "ports." + port.name,
                "the kernel is locked down (" + machine_.lockdown +
                    "), so it refuses userspace a NIC bound to uio",
                "Use bind: vfio-pci, which needs an IOMMU, or turn secure boot off");
      }
      if (af_xdp && device.mtu > kMaxAfXdpMtu) {
        problem(MessageId::mtu_mixed, "ports." + port.name + ".mtu",
                "MTU " + std::to_string(device.mtu) +
                    ": ports share packet buffers, and an af_xdp port of this "
                    "instance takes " +
                    std::to_string(kMaxAfXdpMtu) + " at most",
                "Lower it, or run native and af_xdp ports in instances of their own");
      }
    }
  }

  void need_driver(const PortConfig& port, const PortFacts& facts) {
    if (!is_to_be_bound(port, facts)) return;
    const std::string driver(name_of(port.bind));
    const auto& missing = machine_.missing_drivers;
    if (std::find(missing.begin(), missing.end(), driver) == missing.end()) return;
    problem(MessageId::bind_no_driver, "ports." + port.name + ".bind",
            "kernel " + machine_.kernel + " has no driver " + driver + ", loaded, built in or as a module",
            port.bind == BindDriver::igb_uio
                ? "Build and load igb_uio (dpdk-kmods), or set bind: vfio-pci"
                : "Install the kernel's extra modules, or choose another `bind` driver");
  }

  const Config& config_;
  const MachineFacts& machine_;
  const std::vector<PortFacts>& ports_;
  const BufferFacts& buffers_;
  Plan& plan_;
  std::vector<unsigned> cpus_;
};

}  // namespace

bool takes_physical_addresses(const PortConfig& port, const PortFacts& facts) {
  const DeviceFacts& device = facts.device;
  if (facts.kind != PortKind::native || device.is_vdev || device.bifurcated) return false;
  if (device.for_userspace()) return device.driver != "vfio-pci";
  return port.bind == BindDriver::uio_pci_generic || port.bind == BindDriver::igb_uio;
}

bool locks_memory(const PortConfig& port, const PortFacts& facts) {
  return facts.kind == PortKind::native && !facts.device.is_vdev && !takes_physical_addresses(port, facts);
}

void plan_machine(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
                  const BufferFacts& buffers, Plan& plan) {
  MachinePlanner(config, machine, ports, buffers, plan).plan();
}

}  // namespace hvs
