// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/ports.h"

#include "daemon/log.h"
#include "pmd/native_port.h"
#include "pmd/probe.h"

namespace hvs {

namespace {

/// Everything that can be refused before anything is opened.
Result<std::vector<DeviceFacts>> probe_all(const Config& config) {
  std::vector<DeviceFacts> all;
  for (const PortConfig& port : config.ports) {
    DeviceFacts facts = probe_device(port.device);
    const auto decision = decide_port_kind(port, facts);
    if (!decision) return decision.error();
    if (auto usable = check_af_xdp_device(port, facts); !usable) return usable.error();
    spdlog::info("port {}: {} as {} ({})", port.name, port.device, name_of(decision->kind), decision->why);
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace

Result<std::unique_ptr<Ports>> Ports::open(const Config& config, unsigned workers, const Eal& eal,
                                           Steering& steering, const std::string& bpf_dir) {
  auto facts = probe_all(config);
  if (!facts) return facts.error();

  std::vector<PortDemand> demands;
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const DeviceFacts& device = (*facts)[i];
    demands.push_back({device.numa_node, config.ports[i].queues, static_cast<std::uint16_t>(device.mtu)});
  }
  const auto budgets = plan_pools(demands, workers, eal.hugepages());
  if (auto locked = ensure_memlock(locked_memory(budgets, demands)); !locked) return locked.error();
  auto pools = PoolSet::create(budgets);
  if (!pools) return pools.error();

  auto ports = std::make_unique<Ports>();
  ports->pools_.emplace(std::move(*pools));
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const DeviceFacts& device = (*facts)[i];
    if (auto free = steering.prepare(device.ifindex); !free) return free.error();
    AfXdpOptions options;
    options.id = PortId{static_cast<std::uint16_t>(i)};
    options.bootstrap_object = bpf_dir + "/bootstrap.bpf.o";
    options.pool = ports->pools_->for_node(device.numa_node);
    // Zero-copy needs native XDP, which the driver would take; generic was asked for.
    options.force_copy = !eal.hugepages() || config.ports[i].xdp == XdpMode::generic;
    auto port = AfXdpPort::open(config.ports[i], options);
    if (!port) return port.error();
    for (const std::string& warning : (*port)->warnings())
      spdlog::warn("port {}: {}", config.ports[i].name, warning);
    ports->ports_.push_back(std::move(*port));
  }
  return ports;
}

Result<void> Ports::attach(const Config& config, Steering& steering) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const PortInfo& info = ports_[i]->info();
    const auto mode = steering.attach(config.ports[i], info.ifindex, info.mac);
    if (!mode) return mode.error();
    ports_[i]->set_xdp_mode(*mode);
    if (*mode == XdpMode::generic) {
      spdlog::warn(
          "port {}: generic XDP: every frame is copied by the kernel first; expect a fraction of the speed "
          "of native XDP",
          info.name);
    }
    spdlog::info("port {}: steering in {} XDP mode, {} queue(s), MAC {}, MTU {}", info.name, name_of(*mode),
                 info.queues, mac_text(info.mac), info.mtu);
  }
  return {};
}

}  // namespace hvs
