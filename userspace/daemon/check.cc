// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/check.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "control/api/socket_file.h"
#include "control/config/config_file.h"
#include "daemon/devices.h"
#include "daemon/exit_status.h"
#include "model/choose_port_owners.h"
#include "model/message_id.h"
#include "model/queue_workers.h"
#include "pmd/af_xdp_port.h"
#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "pmd/native_port.h"
#include "pmd/probe.h"
#include "pmd/steering.h"

namespace hvs {

namespace {

SteeringPaths paths_of(const Config& config) {
  SteeringPaths paths;
  paths.instance = config.instance;
  return paths;
}

PortFacts inspect_port(const Config& config, const PortConfig& port, const std::vector<std::string>& together,
                       int own_process) {
  PortFacts facts;
  const auto device = look_at_device(port, together, own_process);
  if (!device) {
    facts.device = probe_device(port.device);
    facts.problems.push_back(device.error());
    return facts;
  }
  facts.device = device->facts;
  facts.kind = device->decision.kind;
  facts.why = device->decision.why;
  if (facts.kind == PortKind::af_xdp) {
    if (auto free = Steering::is_free(paths_of(config), facts.device.ifindex); !free)
      facts.problems.push_back(free.error());
  }
  if (facts.kind == PortKind::native) {
    facts.device.mtu = native_mtu(port, facts.device);
    facts.companion = companion_name(port, facts.device);
    if (!facts.device.bifurcated) facts.device.netdev = facts.companion;  // where addresses will be
  }
  return facts;
}

BufferFacts inspect_buffers(const Config& config, const std::vector<PortFacts>& ports, unsigned workers) {
  EalOptions options;
  options.instance = config.instance;
  options.hugepages = config.memory.hugepages;
  options.memory_bytes = config.memory.limit_bytes;
  const auto eal = plan_eal(options);
  std::vector<PortDemand> demands;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    PortDemand demand;
    demand.numa_node = ports[i].device.numa_node;
    demand.queues = config.ports[i].queues;
    demand.native = ports[i].kind == PortKind::native;
    if (ports[i].device.mtu != 0) demand.mtu = ports[i].device.mtu;
    demands.push_back(demand);
  }
  const auto pools = plan_pools(demands, workers, eal.ok() && eal->hugepages);
  BufferFacts facts;
  facts.bytes = planned_memory(pools);
  facts.locked_bytes = locked_memory(pools, demands);
  for (const PoolBudget& pool : pools) {
    facts.buffers += pool.mbufs;
    facts.nodes.emplace_back(pool.numa_node, pool.bytes);
  }
  return facts;
}

std::string inspect_local_ports(const Config& config, const std::vector<PortFacts>& ports) {
  const bool native = std::any_of(ports.begin(), ports.end(),
                                  [](const PortFacts& port) { return port.kind == PortKind::native; });
  if (native && config.workers.count > 1)
    return "local ports are dealt out by what the native ports' NICs tell of their RSS at the start";
  std::vector<std::uint16_t> queues;
  for (const PortConfig& port : config.ports) queues.push_back(port.queues);
  const auto workers = queue_workers(queues, config.workers.count);
  std::vector<PortSpread> spreads;
  for (std::size_t i = 0; i < ports.size(); ++i)
    spreads.push_back({config.ports[i].name, probe_rss(ports[i].device.netdev), workers[i]});
  return "local ports are dealt out " + choose_port_owners(spreads, config.workers.count).why;
}

int running_process(const Config& config) { return Steering::running(paths_of(config)); }

Result<void> inspect_socket(const Config& config) {
  if (auto there = SocketFile::check_directory(config.control_socket); !there) return there;
  // An instance of the name that runs is told of by its name.
  return SocketFile::check_place(config.control_socket, running_process(config) != 0);
}

/// What a running instance of the same name has itself is not missing: what would be in the way of a second
/// one is none of a configuration's problems.
void allow_for(Plan& plan, const std::string& instance, int process) {
  static constexpr MessageId kHeld[] = {MessageId::hugepages_few, MessageId::hugepages_node,
                                        MessageId::memory_short};
  plan.lines.push_back("note: instance " + instance + " runs (process " + std::to_string(process) +
                       "): a second one would not start");
  std::erase_if(plan.warnings, [](const Error& warning) {
    return warning.what.find("of an instance that runs") != std::string::npos;
  });
  std::erase_if(plan.problems, [&](const Error& error) {
    const bool held = std::any_of(std::begin(kHeld), std::end(kHeld), [&](MessageId id) {
      return error.what.ends_with("[" + std::string(name_of(id)) + "]");
    });
    if (held) plan.lines.push_back("note: besides what it holds: " + error.message());
    return held;
  });
}

}  // namespace

Preflight inspect(const Config& config, int own_process) {
  Preflight out;
  const MachineFacts machine = probe_machine();
  std::vector<PortFacts> ports;
  const auto together = taken_together(config);
  for (const PortConfig& port : config.ports)
    ports.push_back(inspect_port(config, port, together, own_process));
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto same_nic = [&](const PortFacts& other) {
      return other.kind == PortKind::native && ports[i].kind == PortKind::native &&
             !ports[i].device.pci_address.empty() && other.device.pci_address == ports[i].device.pci_address;
    };
    if (std::any_of(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(i), same_nic))
      ports[i].problems.push_back(nic_of_two_ports(config.ports[i], ports[i].device.pci_address));
  }
  auto cpus = worker_cpus(config.workers, machine);
  if (cpus) out.cpus = *cpus;
  out.plan = make_plan(config, machine, ports, inspect_buffers(config, ports, config.workers.count));
  out.plan.lines.push_back(inspect_local_ports(config, ports));
  if (auto wrong = inspect_socket(config); !wrong) out.plan.problems.push_back(wrong.error());
  if (own_process != 0) allow_for(out.plan, config.instance, own_process);
  return out;
}

Result<void> find_steering_program(const std::string& bpf_dir) {
  if (std::filesystem::exists(bpf_dir + "/steer.bpf.o")) return {};
  return message(MessageId::steering_program, bpf_dir, "no steer.bpf.o there",
                 "Install HVS, or name the directory with --bpf-dir or HVS_BPF_DIR");
}

int check(const std::string& config_file, const std::string& bpf_dir) {
  auto loaded = load_config(config_file);
  if (!loaded) {
    std::fputs(loaded.problems().text().c_str(), stderr);
    return kWrongFile;
  }
  Plan plan = inspect(loaded.value(), running_process(loaded.value())).plan;
  if (const auto there = find_steering_program(bpf_dir); !there) plan.problems.push_back(there.error());
  std::printf("%s", plan.text().c_str());
  return plan.ok() ? 0 : kFailed;
}

}  // namespace hvs
