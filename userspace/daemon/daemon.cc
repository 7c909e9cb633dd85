// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/daemon.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <filesystem>
#include <utility>

#include "daemon/log.h"
#include "model/message_id.h"
#include "pmd/af_xdp_port.h"

namespace hvs {

namespace {

/// Between two looks at the workers; less when systemd wants to hear of us more often.
constexpr std::chrono::microseconds kWatch = 1s;
constexpr std::chrono::microseconds kShortestWatch = 100ms;

void log_from_eal(EalLogLevel level, std::string_view line) {
  switch (level) {
    case EalLogLevel::error: return spdlog::error("dpdk: {}", line);
    case EalLogLevel::warning: return spdlog::warn("dpdk: {}", line);
    case EalLogLevel::info:
    case EalLogLevel::debug: return spdlog::debug("dpdk: {}", line);
  }
}

}  // namespace

Daemon::Daemon(DaemonOptions options, Config config, std::vector<unsigned> cpus)
    : options_(std::move(options)),
      config_(std::move(config)),
      file_config_(config_),
      cpus_(std::move(cpus)),
      heartbeat_(std::clamp(SdNotify::watchdog_period().value_or(kWatch), kShortestWatch, kWatch)) {}

Daemon::~Daemon() { stop(); }

Result<void> Daemon::start() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.add(SIGHUP);
  wait_for_signal();
  spdlog::info("hvsd {} starts: instance {}, {} port(s), {} worker(s), {} service(s)", HVS_VERSION,
               config_.instance, config_.ports.size(), cpus_.size(), config_.services.size());
  for (const auto step : {&Daemon::start_ports, &Daemon::start_workers, &Daemon::start_control}) {
    if (auto done = (this->*step)(); !done) return done;
    io_.poll();  // signals
    if (state_ == "stopped") break;
  }
  return {};
}

Result<void> Daemon::start_ports() {
  SteeringPaths paths;
  paths.instance = config_.instance;
  paths.bpf_dir = options_.bpf_dir;
  auto steering = Steering::open(std::move(paths));
  if (!steering) return steering.error();
  steering_ = std::move(*steering);

  auto devices = Devices::take(config_);
  if (!devices) return devices.error();
  devices_ = std::make_unique<Devices>(std::move(*devices));

  EalOptions eal;
  eal.instance = config_.instance;
  eal.hugepages = config_.memory.hugepages;
  eal.memory_bytes = config_.memory.limit_bytes;
  eal.worker_cpus = cpus_;
  eal.pci = devices_->pci();
  eal.physical_addresses = devices_->physical_addresses();
  eal.log = log_from_eal;
  // Each account has the whole limit for itself.
  const Devices::MemoryLocks locks = devices_->locks_memory();
  if (locks.vfio) {
    if (auto may = ensure_memlock(eal.memory_bytes, "NICs of native ports"); !may) return may;
  }
  if (locks.kept != 0) {
    if (auto may = ensure_memlock(eal.memory_bytes * locks.kept, "NICs that keep their kernel driver"); !may)
      return may;
  }
  auto started = init_eal(eal);
  if (!started) return started.error();
  eal_.emplace(std::move(*started));
  log_beside_this_thread();  // which EAL has moved off the workers' CPUs
  spdlog::info("memory: {} MiB for packets, {}", config_.memory.limit_bytes >> 20,
               eal_->hugepages() ? "in hugepages" : "in 4 KiB pages (hugepages are faster)");

  auto ports = Ports::open(config_, *devices_, static_cast<unsigned>(cpus_.size()), *eal_, *steering_,
                           options_.bpf_dir);
  if (!ports) return ports.error();
  ports_ = std::move(*ports);
  return {};
}

/// Connects the port to the kernel for frames that are not ours.
void Daemon::give_companion(std::size_t i) {
  if (NativePort* native = ports_->native(i)) return punt_->add(native->companion());
  const PortInfo& info = ports_->at(i).info();
  auto companion = make_companion(info);
  if (!companion) {
    // Without the device no port has one, and the plan has said so.
    if (!std::filesystem::exists("/dev/net/tun")) return punt_->add(nullptr);
    spdlog::warn("port {}: {}; steered frames that are not ours will be dropped (punt_unavailable)",
                 info.name, companion.error().message());
    return punt_->add(nullptr);
  }
  if (*companion && !(*companion)->limitation().empty())
    spdlog::warn("port {}: {}", info.name, (*companion)->limitation());
  punt_->add(std::move(*companion));
}

Result<void> Daemon::start_workers() {
  const auto count = static_cast<unsigned>(cpus_.size());
  auto fabric = Fabric::create(count, static_cast<unsigned>(ports_->size()), config_.instance);
  if (!fabric) return fabric.error();
  fabric_ = std::move(*fabric);

  std::vector<Port*> ports;
  std::vector<MirroredPort> mirrored;
  punt_ = std::make_unique<PuntService>(*fabric_);
  for (std::size_t i = 0; i < ports_->size(); ++i) {
    Port& port = ports_->at(i);
    ports.push_back(&port);
    const AfXdpPort* af_xdp = ports_->af_xdp(i);
    // A native port sees to its MTU by itself.
    mirrored.push_back(
        {port.info().id, port.info().ifindex, af_xdp != nullptr ? af_xdp->max_mtu() : kAnyMtu});
    give_companion(i);
  }
  mirror_ = std::make_unique<Mirror>(io_, std::move(mirrored), [this](std::shared_ptr<const Fib> fib) {
    follow_ports(*fib);
    follow_own_addresses(*fib);
    fabric_->fib.publish(std::move(fib));
    fabric_->wake_all();  // a frame may wait for this MAC address
  });
  if (auto done = mirror_->start(); !done) return done;

  try {
    workers_ = std::make_unique<WorkerThreads>(config_, ports, *fabric_);
  } catch (const std::bad_alloc&) {
    return message(MessageId::memory_short, "connections.max",
                   "not enough memory for " + std::to_string(config_.connections_max) + " connections",
                   "Lower it, or allow the process more memory");
  }
  spdlog::info("local ports are dealt out {}", workers_->local_ports());
  if (auto done = apply(config_); !done) return done;
  return workers_->start();
}

Result<void> Daemon::start_control() {
  if (auto done = ports_->attach(config_, *steering_); !done) return done;
  kernel_traffic_ = std::make_unique<KernelTraffic>(io_, *ports_, *fabric_, workers_->list());
  if (auto done = kernel_traffic_->start(); !done) return done;
  api_ = std::make_unique<ApiServer>(io_, backend_, config_.control_socket);
  if (auto done = api_->start(); !done) return done;
  on_tick();
  on_second();
  on_watch();
  long_work_.emplace([this] {
    if (heartbeat_.due(std::chrono::steady_clock::now())) beat();
  });
  devices_->keep();
  ports_->keep_companions(config_);
  steering_->forget_dead();
  state_ = "running";
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_at_);
  spdlog::info("ready after {} ms; API at {}, steering maps at {}", took.count(), config_.control_socket,
               steering_->pin_dir().string());
  notify_.ready(std::to_string(config_.services.size()) + " services");
  return {};
}

int Daemon::run() {
  if (state_ == "stopped") return exit_status_;
  if (std::exchange(reload_when_running_, false)) (void)reload();
  io_.run();
  return exit_status_;
}

/// Ends the daemon with an error, not from within whoever called.
void Daemon::fail(const Error& error) {
  if (std::exchange(exit_status_, 1) != 0) return;
  log_error(error);
  boost::asio::post(io_, [this] {
    stop();
    io_.stop();
  });
}

void Daemon::on_signal(int number) {
  if (number == SIGTERM || number == SIGINT) {
    spdlog::info("stopping: {}", number == SIGTERM ? "SIGTERM" : "SIGINT");
    if (steering_) steering_->forget_dead();  // a stop leaves nothing, also one during the start
    stop();
    io_.stop();
    return;
  }
  if (number == SIGHUP && state_ == "running") {
    (void)reload();
  } else if (number == SIGHUP) {
    reload_when_running_ = true;
  }
  wait_for_signal();
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (!error) on_signal(signal);
  });
}

std::string_view Daemon::slot_name(ServiceSlot slot) const {
  const auto it = slot_names_.find(slot.value);
  return it == slot_names_.end() ? std::string_view("?") : std::string_view(it->second);
}

void Daemon::stop() {
  if (state_ == "stopped") return;
  const bool was_running = state_ == "running";
  state_ = "stopping";
  notify_.stopping();
  long_work_.reset();
  if (api_) api_->stop();
  api_.reset();
  // First the kernel stops steering, then nobody needs the sockets any more.
  if (steering_) steering_->detach_all();
  if (mirror_) mirror_->stop();
  kernel_traffic_.reset();
  if (workers_) workers_->stop();
  workers_.reset();
  mirror_.reset();
  punt_.reset();
  fabric_.reset();
  for (std::size_t i = 0; was_running && i < ports_->size(); ++i) {
    if (const NativePort* native = ports_->native(i)) devices_->remember(i, native->info().ifindex);
  }
  ports_.reset();
  if (was_running) spdlog::info("steering programs detached, {} removed", steering_->pin_dir().string());
  eal_.reset();
  if (steering_) steering_->attach_dead();  // before NICs are given back, which takes its time
  devices_.reset();
  steering_.reset();  // an instance of this name may start now: the NICs are given back
  tick_.cancel();
  second_.cancel();
  watch_timer_.cancel();
  signals_.cancel();
  state_ = "stopped";
  if (was_running) spdlog::info("stopped");
}

}  // namespace hvs
