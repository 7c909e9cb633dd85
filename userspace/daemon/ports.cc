// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/ports.h"

#include "daemon/log.h"
#include "pmd/take_device.h"

namespace hvs {

PortDemand demand_of(const PortConfig& config, const Device& device) {
  PortDemand demand;
  demand.numa_node = device.facts.numa_node;
  demand.queues = config.queues;
  demand.native = device.decision.kind == PortKind::native;
  demand.mtu = demand.native ? native_mtu(config, device.facts) : device.facts.mtu;
  return demand;
}

Result<std::unique_ptr<Ports>> Ports::open(const Config& config, const Devices& devices, unsigned workers,
                                           const Eal& eal, Steering& steering, const std::string& bpf_dir) {
  std::vector<PortDemand> demands;
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    demands.push_back(demand_of(config.ports[i], devices.list()[i]));
  const auto budgets = plan_pools(demands, workers, eal.hugepages());
  if (auto locked = ensure_memlock(locked_memory(budgets, demands)); !locked) return locked.error();
  auto pools = PoolSet::create(budgets);
  if (!pools) return pools.error();

  auto ports = std::make_unique<Ports>();
  ports->pools_.emplace(std::move(*pools));
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const PortConfig& port = config.ports[i];
    const Device& device = devices.list()[i];
    auto opened = device.decision.kind == PortKind::native
                      ? ports->open_native(port, device, config.workers.poll)
                      : ports->open_af_xdp(port, device.facts, eal, steering, bpf_dir);
    if (!opened) {
      ports->make_room(steering);
      return opened.error();
    }
  }
  return ports;
}

/// Before ports end whose interfaces have programs that are not theirs (Steering::put_back).
void Ports::make_room(Steering& steering) const {
  for (const Entry& port : ports_) {
    if (!port.af_xdp) continue;
    if (auto free = steering.make_room(port.af_xdp->info().ifindex); !free) log_error(free.error());
  }
}

Ports::~Ports() {
  for (const Entry& port : ports_) {
    if (port.native) port.native->companion().set_persistent(port.companion_stays);
  }
}

void Ports::keep_companions(const Config& config) {
  for (std::size_t i = 0; i < ports_.size(); ++i)
    ports_[i].companion_stays = !config.ports[i].restore_driver || !ports_[i].nic_has_another;
}

Result<void> Ports::open_af_xdp(const PortConfig& config, const DeviceFacts& device, const Eal& eal,
                                Steering& steering, const std::string& bpf_dir) {
  if (auto free = steering.prepare(device.ifindex); !free) return free.error();
  AfXdpOptions options;
  options.id = next_id();
  options.bootstrap_object = bpf_dir + "/bootstrap.bpf.o";
  options.pool = pools_->for_node(device.numa_node);
  // Zero-copy needs native XDP, which the driver would take; generic was asked for.
  options.force_copy = !eal.hugepages() || config.xdp == XdpMode::generic;
  options.make_room = [&] { return steering.make_room(device.ifindex); };
  options.bootstrap_attached = [&] { return steering.put_back(device.ifindex); };
  auto port = AfXdpPort::open(config, options);
  if (!port) return port.error();
  for (const std::string& warning : (*port)->warnings()) spdlog::warn("port {}: {}", config.name, warning);
  ports_.push_back({std::move(*port), nullptr, false, false});
  return {};
}

Result<void> Ports::open_native(const PortConfig& config, const Device& device, PollMode poll) {
  NativeOptions options;
  options.id = next_id();
  options.pool = pools_->for_node(device.facts.numa_node);
  options.mtu = native_mtu(config, device.facts);
  options.companion = companion_name(config, device.facts);
  // A NIC that is down and has addresses was set down by somebody; one without was only never used.
  options.up = device.state.up() || device.state.size() == 0;
  // Interrupts of uio are one for all queues, and have to be let in again after each.
  options.interrupts = poll == PollMode::adaptive && device.facts.driver == "vfio-pci";
  auto port = NativePort::open(config, device.facts, options);
  if (!port) return port.error();
  for (const std::string& warning : (*port)->warnings()) spdlog::warn("port {}: {}", config.name, warning);
  const PortInfo& info = (*port)->info();
  if (poll == PollMode::adaptive) {
    spdlog::info(
        "port {}: idle workers wait for {}", config.name,
        (*port)->wait_fd(QueueId{0}) >= 0 ? "receive interrupts" : "a millisecond: no receive interrupts");
  }
  NativeCompanion& companion = (*port)->companion();
  const std::string& note = (*port)->companion_note();
  spdlog::info("port {}: {} queue(s), MAC {}, MTU {}, companion {} by {}{}", info.name, info.queues,
               mac_text(info.mac), info.mtu, companion.name(), companion.way(),
               note.empty() ? "" : ", because of vhost-net: " + note);
  if (device.state.size() != 0) {
    const std::size_t taken = device.state.restore(info.ifindex);
    const bool all = taken == device.state.size();
    spdlog::log(all ? spdlog::level::info : spdlog::level::warn,
                "port {}: {} of {} addresses and routes of the NIC's netdev are on its companion now{}",
                info.name, taken, device.state.size(), all ? "" : "; look at `ip addr` and `ip route`");
  }
  if (const std::size_t routes = device.state.left_out(); routes != 0) {
    spdlog::warn(
        "port {}: {} route(s) of routing daemons, over several devices or by nexthop objects led through {} "
        "and were not moved",
        info.name, routes, config.device);
  }
  // From here on nobody else has the addresses, so they must outlive a crash.
  const bool stays = companion.persistent() || device.state.size() != 0;
  companion.set_persistent(true);
  const bool taken = !device.facts.is_vdev && !device.facts.bifurcated;
  ports_.push_back({nullptr, std::move(*port), stays, !taken});
  if (taken) return note_companion(device.facts.pci_address, companion.name());
  return {};
}

Port& Ports::at(std::size_t i) const {
  if (ports_[i].native) return *ports_[i].native;
  return *ports_[i].af_xdp;
}

Result<void> Ports::attach(const Config& config, Steering& steering) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (!ports_[i].af_xdp) continue;
    AfXdpPort& port = *ports_[i].af_xdp;
    const PortInfo& info = port.info();
    const auto mode = steering.attach(config.ports[i], info.ifindex, info.mac);
    if (!mode) return mode.error();
    port.set_xdp_mode(*mode);
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
