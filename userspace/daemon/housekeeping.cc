// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "control/config/machine_facts.h"
#include "daemon/daemon.h"
#include "daemon/lip_warning.h"
#include "daemon/log.h"
#include "model/message_id.h"

// What the control thread does by the clock and when the kernel's state changes.
namespace hvs {

namespace {

/// How often the control thread looks into the workers' letter boxes. It bounds what a first packet waits
/// before its next hop is asked for, and what a punted frame waits.
constexpr auto kTick = 2ms;
constexpr auto kBusyTick = 200us;
constexpr auto kBusyFor = 20ms;
/// A native port's companion has lost its carrier so long after the NIC has; each look is a question to the
/// kernel.
constexpr auto kCompanionPeriod = 100ms;
constexpr unsigned kKeepAliveSeconds = 5;
constexpr unsigned kSettleSeconds = 2;
constexpr unsigned kAddressSeconds = 5;
constexpr unsigned kRateSeconds = 2;  // the period of IPVS's estimator
/// Each look at the steering counters is a system call per service. Of each kind at most one warning.
constexpr unsigned kMissedSeconds = 10;

}  // namespace

void Daemon::on_tick() {
  serve_resolve_requests();
  const bool busy = punt_->serve() != 0;
  fabric_->snapshot.reclaim();
  fabric_->fib.reclaim();
  graveyard_.reclaim();
  workers_->bring_pages();
  const auto now = std::chrono::steady_clock::now();
  if (now >= companions_due_) {
    follow_companions();
    companions_due_ = now + kCompanionPeriod;
  }
  // What the kernel serves itself through a native port, a download by ssh, say, should not wait each time.
  if (busy) busy_until_ = now + kBusyFor;
  tick_.expires_after(now < busy_until_ ? kBusyTick : kTick);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_tick();
  });
}

void Daemon::on_second() {
  workers_->expect_families(snapshot());
  if (++seconds_ % kKeepAliveSeconds == 0) keep_neighbours_alive();
  if (seconds_ % kSettleSeconds == 0) settle();
  if (seconds_ % kRateSeconds == 0) sample_rates();
  watch_links();
  watch_steering();
  // The first look is at the start: what is not known to have been there is not missed.
  if (seconds_ % kAddressSeconds == 1) watch_addresses();
  if (seconds_ % kMissedSeconds == 0) {
    warn_of_missed_packets();
    warn_of_full_table();
    warn_of_used_up_ports();
  }
  second_.expires_after(1s);
  second_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_second();
  });
}

void Daemon::follow_companions() {
  for (std::size_t i = 0; i < ports_->size(); ++i) {
    NativePort* native = ports_->native(i);
    if (native == nullptr) continue;
    native->follow_companion();
    if (native->take_distrust()) {
      spdlog::warn(
          "port {}: frames came without their interrupt; idle workers look every millisecond from here on",
          native->info().name);
    }
  }
}

void Daemon::watch_links() {
  links_.resize(ports_->size(), true);
  for (std::size_t i = 0; i < ports_->size(); ++i) {
    const Port& port = ports_->at(i);
    const bool up = port.stats().link_up;
    if (up == links_[i]) continue;
    links_[i] = up;
    if (up) {
      spdlog::info("port {}: link of {} is up", port.info().name, port.info().device);
    } else {
      spdlog::warn("port {}: link of {} is down; nothing is forwarded through it", port.info().name,
                   port.info().device);
    }
  }
}

/// Anybody may take an XDP program off (`ip link set DEV xdp off`): the port is deaf then, and looks healthy.
void Daemon::watch_steering() {
  for (std::size_t i = 0; i < ports_->size(); ++i) {
    AfXdpPort* port = ports_->af_xdp(i);
    if (port == nullptr) continue;
    const std::string& name = port->info().name;
    const std::string& device = port->info().device;
    auto missing = steering_->missing(name);
    if (missing && missing->empty()) {
      if (port->steered())
        spdlog::error("port {}: somebody took the XDP program off {}; nothing came meanwhile", name, device);
      port->set_steered(false);
      if (auto done = steering_->attach_again(name); !done) log_error(done.error());
      missing = steering_->missing(name);
    } else if (missing && port->steered()) {
      spdlog::error(
          "port {}: {} has XDP program {} in the place of ours, so nothing comes to HVS; take it off: "
          "ip link set {} xdp off",
          name, device, *missing, device);
    }
    if (!missing && !port->steered()) spdlog::warn("port {}: the XDP program is on {} again", name, device);
    port->set_steered(!missing);
  }
}

void Daemon::watch_addresses() {
  const AddressWatch::Change change = addresses_.look(config_, probe_addresses());
  if (!change.lost.empty()) {
    spdlog::error(
        "the kernel has lost {}: nobody answers for VIPs and LIPs that no interface has, and their traffic "
        "ends. Add them again (`ip addr add`); an interface that is set down loses its IPv6 addresses unless "
        "net.ipv6.conf.DEV.keep_addr_on_down is 1",
        address_names(change.lost));
  }
  if (!change.back.empty()) spdlog::info("the kernel has {} again", address_names(change.back));
}

/// While we run, the steering programs should find a socket for every frame that is ours.
void Daemon::warn_of_missed_packets() {
  hvs_steer_stats sum = steering_->read_unowned_stats();
  for (const auto& service : snapshot().services) {
    if (!service) continue;
    const hvs_steer_stats row = steering_->read_stats(service->slot);
    sum.passed_packets += row.passed_packets;
    sum.held_packets += row.held_packets;
  }
  // A service that is gone takes its counters along.
  const std::uint64_t held = sum.held_packets - std::min(held_before_, sum.held_packets);
  const std::uint64_t passed = sum.passed_packets - std::min(passed_before_, sum.passed_packets);
  held_before_ = sum.held_packets;
  passed_before_ = sum.passed_packets;
  if (held == 0 && passed == 0) return;
  spdlog::warn(
      "in {} s the steering programs found no socket for {} frame(s) that are ours: {} dropped, {} given to "
      "the "
      "kernel; compare `queues` of the ports with `ethtool -l`, and see `hvsctl services`",
      kMissedSeconds, held + passed, held, passed);
}

std::uint64_t Daemon::drops_of(Drop reason) const {
  std::uint64_t frames = 0;
  for (const auto& worker : workers_->list())
    frames += worker->tables().counters().drops[static_cast<std::size_t>(reason)].get();
  return frames;
}

/// New clients are turned away, and those who are there notice nothing.
void Daemon::warn_of_full_table() {
  const std::uint64_t full = drops_of(Drop::conn_table_full);
  const std::uint64_t now = full - std::exchange(full_before_, full);
  if (now == 0) return;
  const Error warning = message(MessageId::connections_full, "connections.max",
                                "in " + std::to_string(kMissedSeconds) + " s " + std::to_string(now) +
                                    " frame(s) of new connections found no room: the table is for " +
                                    std::to_string(config_.connections_max) + " connections",
                                "Raise it, which needs a restart; `hvsctl status` shows how many there are");
  spdlog::warn("{}", warning.message());
}

/// The same, towards some dests alone.
void Daemon::warn_of_used_up_ports() {
  std::set<WithoutPort> who;
  for (const auto& worker : workers_->list()) {
    if (const auto last = worker->tables().without_port().take()) who.insert(*last);
  }
  const std::uint64_t without = drops_of(Drop::lip_exhausted);
  const std::uint64_t now = without - std::exchange(without_port_before_, without);
  if (now != 0) spdlog::warn("{}", lip_warning(now, kMissedSeconds, who, snapshot()).message());
}

/// Says that the instance lives, to systemd and to the steering programs, if every worker does.
void Daemon::beat() {
  std::vector<std::uint64_t> loops;
  for (const auto& worker : workers_->list()) loops.push_back(worker->tables().counters().loops.get());
  const WorkerWatch::Report report = watch_.look(loops);
  for (const unsigned worker : report.newly) {
    spdlog::error("worker {} on CPU {} does not turn; no heartbeat until it does", worker, cpus_[worker]);
  }
  for (const unsigned worker : report.recovered) spdlog::warn("worker {} turns again", worker);
  if (report.hung.empty()) {
    if (auto done = steering_->heartbeat(); !done) log_error(done.error());
    notify_.watchdog();
  }
}

void Daemon::on_watch() {
  heartbeat_.turn(std::chrono::steady_clock::now());
  beat();
  workers_->sweep_templates();
  watch_timer_.expires_after(heartbeat_.period());
  watch_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_watch();
  });
}

void Daemon::follow_mtu(std::size_t i, std::uint16_t mtu) {
  const PortInfo& info = ports_->at(i).info();
  const std::uint16_t before = info.mtu;
  if (mtu == before) return;
  if (NativePort* native = ports_->native(i)) {
    if (auto done = native->follow_mtu(mtu); !done) return log_error(done.error());
  } else {
    ports_->af_xdp(i)->set_mtu(mtu);
  }
  spdlog::warn("port {}: MTU {} -> {}", info.name, before, mtu);
}

/// The kernel may give a port's netdev another MAC address, or take it away. Called with each state of the
/// mirror before workers see it.
void Daemon::follow_ports(const Fib& fib) {
  for (std::size_t i = 0; i < ports_->size() && i < fib.port_macs.size(); ++i) {
    const Port& port = ports_->at(i);
    const MacAddr& mac = fib.port_macs[i];
    const EgressInterface* interface = fib.interface_of(port.info().ifindex);
    const std::uint16_t mtu = interface != nullptr ? interface->mtu : port.info().mtu;
    follow_mtu(i, mtu);
    if (mac == port.info().mac) continue;
    if (mac == MacAddr{}) {
      fail({"the network device " + port.info().device + " is gone", "port " + port.info().name,
            "HVS ends; start it again when the device is back (a service manager does)"});
      return;
    }
    spdlog::warn("port {}: MAC address {} -> {}", port.info().name, mac_text(port.info().mac), mac_text(mac));
    if (NativePort* native = ports_->native(i)) {
      if (auto done = native->follow_mac(mac); !done) log_error(done.error());
      continue;
    }
    ports_->af_xdp(i)->set_mac(mac);
    if (steering_->attached(port.info().name)) {
      if (auto done = steering_->update(config_.ports[i], mac); !done) log_error(done.error());
    }
    Companion* companion = punt_->companion(i);
    if (companion == nullptr) continue;
    if (auto done = companion->follow(mac, mtu); !done) log_error(done.error());
  }
}

/// What is addressed to the host itself is not for mode snat, and stays with the kernel from the start.
void Daemon::follow_own_addresses(const Fib& fib) {
  if (fib.routes == own_addresses_of_) return;
  own_addresses_of_ = fib.routes;
  const auto changed = compiler_.set_own_addresses(fib.own_addresses());
  if (!changed) return;
  fabric_->snapshot.publish(changed);
  if (auto done = steering_->sync(changed->steer.rows()); !done) log_error(done.error());
}

void Daemon::serve_resolve_requests() {
  for (unsigned w = 0; w < fabric_->workers(); ++w) {
    ResolveRequest request;
    while (fabric_->box(WorkerId{static_cast<std::uint8_t>(w)}).resolve.pop(request)) {
      mirror_->resolve(request.ifindex, request.addr);
    }
  }
}

void Daemon::keep_neighbours_alive() {
  const auto& fib = fabric_->fib.owner();
  std::vector<std::uint64_t> used((std::min<std::size_t>(fib->adjacencies.size(), kMaxAdjacencies) + 63) /
                                  64);
  for (unsigned w = 0; w < fabric_->workers(); ++w) {
    auto* marks = fabric_->box(WorkerId{static_cast<std::uint8_t>(w)}).adjacency_used.get();
    for (std::size_t i = 0; i < used.size() * 64 && i < kMaxAdjacencies; ++i) {
      if (marks[i].load(std::memory_order_relaxed) == 0) continue;
      marks[i].store(0, std::memory_order_relaxed);
      used[i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
  mirror_->keep_alive(used);
}

}  // namespace hvs
