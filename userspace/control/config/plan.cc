// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan.h"

#include <linux/capability.h>

#include <algorithm>
#include <string>

#include "control/config/memory_need.h"
#include "control/config/plan_addresses.h"
#include "control/config/plan_dests.h"
#include "control/config/plan_machine.h"
#include "model/message_id.h"

namespace hvs {

namespace {

std::string mib(std::uint64_t bytes) { return std::to_string((bytes + 1_MiB - 1) >> 20) + " MiB"; }

std::string count_of(std::uint64_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

/// Makes the plan a topic at a time; the order of the calls is the order of the lines.
class Planner {
 public:
  Planner(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
          const BufferFacts& buffers)
      : config_(config), machine_(machine), ports_(ports), buffers_(buffers) {
    for (const PortFacts& port : ports) {
      af_xdp_ = af_xdp_ || port.kind == PortKind::af_xdp;
    }
  }

  Plan make() {
    workers();
    for (std::size_t i = 0; i < config_.ports.size() && i < ports_.size(); ++i)
      port(config_.ports[i], ports_[i]);
    pages();
    memory();
    locked_memory();
    descriptors();
    system();
    plan_machine(config_, machine_, ports_, buffers_, plan_);
    plan_addresses(config_, machine_, ports_, plan_);
    warn(newly_idle({}, config_));
    warn(newly_own_dests({}, config_, machine_));
    if (!machine_.as_root) not_root();
    return std::move(plan_);
  }

 private:
  void line(std::string text) { plan_.lines.push_back(std::move(text)); }
  void problem(MessageId id, const std::string& where, const std::string& what, const std::string& fix) {
    plan_.problems.push_back(message(id, where, what, fix));
  }
  void warn(const std::vector<Error>& warnings) {
    plan_.warnings.insert(plan_.warnings.end(), warnings.begin(), warnings.end());
  }
  void warn(std::string where, std::string what, std::string fix) {
    plan_.warnings.push_back({std::move(what), std::move(where), std::move(fix)});
  }

  void workers() {
    const unsigned count = config_.workers.count;
    const auto cpus = worker_cpus(config_.workers, machine_);
    std::string text = "instance " + config_.instance + ": " + count_of(count, "worker") + ", poll " +
                       std::string(name_of(config_.workers.poll));
    if (cpus) {
      text += count == 1 ? ", CPU" : ", CPUs";
      for (std::size_t i = 0; i < cpus->size(); ++i)
        text += (i == 0 ? " " : ",") + std::to_string((*cpus)[i]);
    } else {
      plan_.problems.push_back(cpus.error());
    }
    line(std::move(text));
    if (cpus && config_.workers.poll == PollMode::busy && count >= machine_.cpus_allowed.size()) {
      warn("workers", "busy workers take every CPU that this process may use",
           "Use fewer workers, or workers.poll: adaptive");
    }
    unsigned queues = 0;
    for (const PortConfig& p : config_.ports) queues = std::max<unsigned>(queues, p.queues);
    if (queues < count && config_.ports.size() * queues < count) {
      warn("workers",
           count_of(count, "worker") + ", but fewer receive queues: some will receive nothing themselves",
           "Raise `queues` of the ports, or use fewer workers");
    }
  }

  void port(const PortConfig& port, const PortFacts& facts) {
    const DeviceFacts& device = facts.device;
    std::string text = "port " + port.name + ": " + port.device;
    if (!facts.problems.empty()) {
      text += ", cannot be opened";
    } else {
      text += ", " + std::string(name_of(facts.kind)) + " (" + facts.why + ")";
      if (facts.kind == PortKind::af_xdp) text += ", xdp " + std::string(name_of(port.xdp));
      if (facts.kind == PortKind::native) text += ", companion " + facts.companion;
      text += ", " + count_of(port.queues, "queue") + ", MTU " + std::to_string(device.mtu);
      if (!device.driver.empty()) text += ", driver " + device.driver;
      if (device.numa_node >= 0) text += ", node " + std::to_string(device.numa_node);
      if (device.has_default_route) text += ", has a default route";
    }
    line(std::move(text));
    plan_.problems.insert(plan_.problems.end(), facts.problems.begin(), facts.problems.end());
    if (!facts.problems.empty()) return;
    keys_without_use(port, facts.kind);
    const std::string where = "ports." + port.name + ".device";
    if (facts.kind == PortKind::af_xdp) af_xdp_port(port, device, where);
  }

  /// Keys of the other kind of port. No mistake: one word of the file makes the port another kind's.
  void keys_without_use(const PortConfig& port, PortKind kind) {
    std::string keys;
    const auto note = [&](bool set, const char* key) {
      if (set) keys += (keys.empty() ? "`" : ", `") + std::string(key) + "`";
    };
    switch (kind) {
      case PortKind::af_xdp:
        note(port.bind != BindDriver::vfio_pci, "bind");
        note(port.restore_driver, "restore_driver");
        note(port.force, "force");
        note(!port.companion.empty(), "companion");
        note(port.mtu != 0, "mtu");
        break;
      case PortKind::native:
        note(port.xdp != PortConfig{}.xdp, "xdp");
        note(port.on_down != PortConfig{}.on_down, "on_down");
        note(port.hold != PortConfig{}.hold, "hold");
        break;
      case PortKind::memory: break;  // of tests
    }
    const std::string other(name_of(kind == PortKind::af_xdp ? PortKind::native : PortKind::af_xdp));
    if (!keys.empty())
      warn("ports." + port.name,
           keys + ": of no effect, because the port is " + std::string(name_of(kind)) + ", not " + other,
           "Leave out, or write mode: " + other);
  }

  void af_xdp_port(const PortConfig& port, const DeviceFacts& device, const std::string& where) {
    if (!device.up) {
      warn(where, device.netdev + " is down", "Run `ip link set " + device.netdev + " up`");
    } else if (!device.running) {
      warn(where, device.netdev + " has no carrier", "Check its cable or peer");
    }
    if (device.xdp_program_id == 0) return;
    if (!machine_.as_root && device.xdp_program.empty()) {
      unseen_ += ", whose XDP program is on " + device.netdev + " (id " +
                 std::to_string(device.xdp_program_id) + ")";
      return;
    }
    const std::string program =
        "XDP program \"" + device.xdp_program + "\" (id " + std::to_string(device.xdp_program_id) + ")";
    if (device.xdp_program.starts_with("hvs_")) {
      warn(where, device.netdev + " has " + program + ": of an instance that runs, or left by one that died",
           "What a dead one left is replaced at start; while one runs, the start is refused: stop it first");
    } else {
      problem(MessageId::xdp_foreign, where, device.netdev + " has " + program + ", which is not ours",
              "Detach it with `ip link set " + device.netdev + " xdp" +
                  (device.xdp_mode == XdpMode::generic ? "generic" : "drv") +
                  " off`, or use another device (" + port.name + ")");
    }
  }

  /// The same choice as EAL's start: hugepages when all of memory.limit fits into free ones.
  void pages() {
    std::uint64_t free_bytes = 0;
    std::string free;
    for (const HugepagePool& pool : machine_.hugepages) {
      free_bytes += pool.free * pool.page_bytes;
      if (pool.free == 0 && pool.total == 0) continue;
      free += (free.empty() ? "" : ", ") + std::to_string(pool.free) + " of " + mib(pool.page_bytes) +
              " on node " + std::to_string(pool.node);
    }
    if (free.empty()) free = "0";
    const std::uint64_t page = 2_MiB;
    const std::string needed = std::to_string((config_.memory.limit_bytes + page - 1) / page);
    const bool enough = free_bytes >= config_.memory.limit_bytes;
    hugepages_ = enough && config_.memory.hugepages != Hugepages::off;
    const std::string how = "Run `sysctl -w vm.nr_hugepages=" + needed + "`";
    if (config_.memory.hugepages == Hugepages::required && !enough) {
      problem(MessageId::hugepages_few, "memory.hugepages",
              "hugepages: " + needed + " of 2 MiB needed, free: " + free,
              how + ", or set memory.hugepages: off");
    } else if (config_.memory.hugepages == Hugepages::automatic && !enough) {
      warn("memory.hugepages",
           "runs on 4 KiB pages, which is slower: " + needed +
               " hugepages of 2 MiB would be needed, free: " + free,
           how + ", or set memory.hugepages: off");
    }
    for (std::size_t i = 0; i < std::min(ports_.size(), config_.ports.size()) && !hugepages_; ++i) {
      if (!takes_physical_addresses(config_.ports[i], ports_[i])) continue;
      problem(
          MessageId::hugepages_few, "ports." + config_.ports[i].name,
          "a NIC bound to uio needs packet buffers in hugepages, and " + needed + " of 2 MiB are not free",
          how);
    }
    line("packet buffers: " + std::to_string(buffers_.buffers) + ", " + mib(buffers_.bytes) +
         " of memory.limit " + mib(config_.memory.limit_bytes) + ", in " +
         (hugepages_ ? "hugepages" : "4 KiB pages"));
    if (buffers_.bytes > config_.memory.limit_bytes) {
      problem(
          MessageId::memory_limit, "memory.limit",
          "packet buffers need " + mib(buffers_.bytes) + ", the limit is " + mib(config_.memory.limit_bytes),
          "Set memory.limit: " + std::to_string((buffers_.bytes + 1_MiB - 1) >> 20) +
              "MiB, or use fewer queues");
    }
  }

  void memory() {
    const MemoryNeed need = memory_need(config_);
    line("connections: " + std::to_string(config_.connections_max) + " x " +
         std::to_string(need.connection_bytes) + " bytes = " + mib(need.connections));
    line("local ports: " + count_of(need.port_pairs, "pair") + " of LIP and dest x 8 KiB = up to " +
         mib(need.local_ports) + ", counters " + mib(need.counters));
    if (need.templates != 0)
      line("persistent clients: " + std::to_string(config_.persistent_clients) + " = up to " +
           mib(need.templates));
    if (need.placements != 0) line("tables of schedulers: up to " + mib(need.placements));
    const std::uint64_t total = need.total() + (hugepages_ ? 0 : buffers_.bytes);
    line("ordinary memory: " + mib(total) + " needed, " + mib(machine_.memory_available) + " available");
    if (total > machine_.memory_available) {
      problem(MessageId::memory_short, "memory",
              mib(total) + " of memory needed, " + mib(machine_.memory_available) + " available",
              "Lower connections.max, or free memory");
    }
  }

  /// The kernel counts what sockets lock for the user, what NICs do for the process: each has the whole
  /// limit.
  void locked_memory() {
    if (!machine_.as_root || machine_.has_capability(CAP_IPC_LOCK)) return;
    if (af_xdp_) may_lock("AF_XDP sockets", buffers_.locked_bytes);
    // NICs bound to vfio share what is mapped for them; those that keep their driver register it each.
    bool mapped = false;
    std::uint64_t registered = 0;
    for (std::size_t i = 0; i < std::min(ports_.size(), config_.ports.size()); ++i) {
      if (!locks_memory(config_.ports[i], ports_[i])) continue;
      if (ports_[i].device.bifurcated) {
        registered += config_.memory.limit_bytes;
      } else {
        mapped = true;
      }
    }
    if (mapped) may_lock("NICs of native ports", config_.memory.limit_bytes);
    if (registered != 0) may_lock("NICs that keep their kernel driver", registered);
  }

  void may_lock(const std::string& who, std::uint64_t bytes) {
    if (machine_.memlock_limit >= bytes) return;
    problem(MessageId::memlock, "RLIMIT_MEMLOCK",
            who + " lock " + mib(bytes) + " of memory, the limit is " + mib(machine_.memlock_limit),
            "Set LimitMEMLOCK=infinity in the service, run `ulimit -l unlimited`, or grant CAP_IPC_LOCK");
  }

  /// Sockets, maps and programs of each queue; eventfds of each worker; clients of the API. Every hugepage is
  /// a descriptor, too, while EAL holds it.
  void descriptors() {
    std::uint64_t needed = 128 + std::uint64_t{config_.workers.count} * 4;
    for (const PortConfig& p : config_.ports) needed += 8 + std::uint64_t{p.queues} * 4;
    if (hugepages_) needed += config_.memory.limit_bytes / 2_MiB + 1;
    if (!machine_.as_root) return line("file descriptors: about " + std::to_string(needed) + " needed");
    const std::string limit =
        machine_.nofile_limit == kUnlimited ? "no limit" : std::to_string(machine_.nofile_limit) + " allowed";
    line("file descriptors: about " + std::to_string(needed) + " needed, " + limit);
    if (needed > machine_.nofile_limit) {
      problem(MessageId::open_files, "RLIMIT_NOFILE",
              "about " + std::to_string(needed) + " file descriptors needed, " + limit,
              "Set LimitNOFILE=" + std::to_string(needed * 2) + " in the service, or run `ulimit -n " +
                  std::to_string(needed * 2) + "`");
    }
  }

  void system() {
    if (!machine_.bpffs_mounted) {
      problem(MessageId::bpffs_missing, "/sys/fs/bpf", "no BPF file system is mounted there",
              "Run `mount -t bpf bpf /sys/fs/bpf`; inside `ip netns exec` it is only hidden, "
              "enter with `nsenter --net=/run/netns/NAME` instead");
    }
    std::string lacking;
    const auto want = [&](unsigned number, const char* name) {
      if (!machine_.has_capability(number)) lacking += std::string(lacking.empty() ? "" : ", ") + name;
    };
    want(CAP_NET_ADMIN, "CAP_NET_ADMIN");
    want(CAP_NET_RAW, "CAP_NET_RAW");
    want(CAP_SYS_ADMIN, "CAP_SYS_ADMIN");  // BPF objects by id
    if (!lacking.empty() && machine_.as_root)
      problem(MessageId::capabilities, "privileges", "this process lacks " + lacking,
              "Run it as root, or grant these capabilities");
    if (!af_xdp_) return;
    const auto older_than = [&](unsigned major, unsigned minor) {
      return machine_.kernel_major < major ||
             (machine_.kernel_major == major && machine_.kernel_minor < minor);
    };
    if (machine_.kernel_major == 0) return;
    if (older_than(5, 7)) {  // XDP_FLAGS_REPLACE
      problem(MessageId::kernel_old, "kernel", "Linux " + machine_.kernel + " is too old for af_xdp ports",
              "Use Linux 5.7 or newer");
    } else if (older_than(5, 11)) {  // SO_PREFER_BUSY_POLL
      warn("kernel", "Linux " + machine_.kernel + " cannot busy-poll AF_XDP sockets, which is slower",
           "Use Linux 5.11 or newer");
    }
  }

  /// hvsd runs as root: what another user may do, or may see, says nothing of it.
  void not_root() {
    line(
        "note: not asked as root, so these were not checked: privileges, limits of locked memory and open "
        "files" +
        unseen_ + ". Run it with sudo for them");
  }

  const Config& config_;
  const MachineFacts& machine_;
  const std::vector<PortFacts>& ports_;
  const BufferFacts& buffers_;
  Plan plan_;
  std::string unseen_;  // what only root sees
  bool af_xdp_ = false;
  bool hugepages_ = false;
};

}  // namespace

Plan make_plan(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
               const BufferFacts& buffers) {
  return Planner(config, machine, ports, buffers).make();
}

Result<std::vector<unsigned>> worker_cpus(const WorkersConfig& workers, const MachineFacts& machine) {
  std::vector<unsigned> allowed = machine.cpus_allowed;
  std::sort(allowed.begin(), allowed.end());
  for (const unsigned cpu : workers.cpus) {
    if (std::binary_search(allowed.begin(), allowed.end(), cpu)) continue;
    const bool online =
        std::find(machine.cpus_online.begin(), machine.cpus_online.end(), cpu) != machine.cpus_online.end();
    return message(
        MessageId::cpu_too_few, "workers.cpus",
        "CPU " + std::to_string(cpu) + (online ? " is not allowed to this process" : " is not online"),
        online ? "Widen its cpuset or CPUAffinity=, or name other CPUs" : "Name CPUs that are online");
  }
  if (!workers.cpus.empty()) return workers.cpus;
  if (workers.count > allowed.size()) {
    return message(MessageId::cpu_too_few, "workers.count",
                   count_of(workers.count, "worker") + " on " + count_of(allowed.size(), "CPU"),
                   "A worker needs a CPU of its own: set workers.count: " +
                       std::to_string(std::max<std::size_t>(allowed.size(), 1)));
  }
  return std::vector<unsigned>(allowed.end() - workers.count, allowed.end());
}

std::string Plan::text() const {
  std::string out;
  for (const std::string& text : lines) out += text + "\n";
  for (const Error& warning : warnings) out += "warning: " + warning.message() + "\n";
  for (const Error& error : problems) out += "problem: " + error.message() + "\n";
  return out;
}

}  // namespace hvs
