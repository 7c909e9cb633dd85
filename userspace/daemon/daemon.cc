// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/daemon.h"

#include <csignal>
#include <thread>

#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "daemon/log.h"

namespace hvs {

namespace {

/// How often the control thread looks into the workers' letter boxes. It bounds what a first packet waits
/// before its next hop is asked for, and what a punted frame waits.
constexpr auto kTick = 2ms;
constexpr unsigned kKeepAliveSeconds = 5;
constexpr unsigned kSettleSeconds = 2;

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
    : options_(std::move(options)), config_(std::move(config)), cpus_(std::move(cpus)) {}

Daemon::~Daemon() { stop(); }

Result<void> Daemon::start() {
  spdlog::info("hvsd {} starts: instance {}, {} port(s), {} worker(s), {} service(s)", HVS_VERSION,
               config_.instance, config_.ports.size(), cpus_.size(), config_.services.size());
  if (auto done = start_ports(); !done) return done;
  if (auto done = start_workers(); !done) return done;
  return start_control();
}

Result<void> Daemon::start_ports() {
  SteeringPaths paths;
  paths.instance = config_.instance;
  paths.bpf_dir = options_.bpf_dir;
  auto steering = Steering::open(std::move(paths));
  if (!steering) return steering.error();
  steering_ = std::move(*steering);

  EalOptions eal;
  eal.instance = config_.instance;
  eal.hugepages = config_.memory.hugepages;
  eal.memory_bytes = config_.memory.limit_bytes;
  eal.worker_cpus = cpus_;
  eal.log = log_from_eal;
  auto started = init_eal(eal);
  if (!started) return started.error();
  eal_.emplace(std::move(*started));
  spdlog::info("memory: {} MiB for packets, {}", config_.memory.limit_bytes >> 20,
               eal_->hugepages() ? "in hugepages" : "in 4 KiB pages (hugepages are faster)");

  auto ports = Ports::open(config_, static_cast<unsigned>(cpus_.size()), *eal_, *steering_, options_.bpf_dir);
  if (!ports) return ports.error();
  ports_ = std::move(*ports);
  return {};
}

Result<void> Daemon::start_workers() {
  const auto count = static_cast<unsigned>(cpus_.size());
  auto fabric = Fabric::create(count, config_.instance);
  if (!fabric) return fabric.error();
  fabric_ = std::move(*fabric);

  std::vector<Port*> ports;
  std::vector<MirroredPort> mirrored;
  punt_ = std::make_unique<PuntService>(*fabric_);
  for (const auto& port : ports_->list()) {
    const PortInfo& info = port->info();
    ports.push_back(port.get());
    mirrored.push_back({info.id, info.ifindex});
    auto companion = make_companion(info);
    if (!companion) {
      spdlog::warn("port {}: {}; steered frames that are not ours will be dropped (punt_unavailable)",
                   info.name, companion.error().message());
      punt_->add(nullptr);
      continue;
    }
    if (*companion && !(*companion)->limitation().empty()) {
      spdlog::warn("port {}: {}", info.name, (*companion)->limitation());
    }
    punt_->add(std::move(*companion));
  }
  mirror_ = std::make_unique<Mirror>(io_, std::move(mirrored), [this](std::shared_ptr<const Fib> fib) {
    fabric_->fib.publish(std::move(fib));
  });
  if (auto done = mirror_->start(); !done) return done;

  workers_ = std::make_unique<WorkerThreads>(config_, ports, *fabric_);
  if (auto done = apply(config_); !done) return done;
  return workers_->start();
}

Result<void> Daemon::start_control() {
  if (auto done = ports_->attach(config_, *steering_); !done) return done;
  if (auto done = steering_->heartbeat(); !done) return done;
  api_ = std::make_unique<ApiServer>(io_, backend_, config_.control_socket);
  if (auto done = api_->start(); !done) return done;
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.add(SIGHUP);
  on_signal(0);
  on_tick();
  on_second();
  state_ = "running";
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_at_);
  spdlog::info("ready after {} ms; API at {}, steering maps at {}", took.count(), config_.control_socket,
               steering_->pin_dir().string());
  notify_.ready(std::to_string(config_.services.size()) + " services");
  return {};
}

void Daemon::run() { io_.run(); }

/// Compiles a configuration and publishes it, to the workers first. The kernel's rows follow when every
/// worker has it: a frame that is steered for a new service finds the service. What is removed is still
/// steered for that moment, and a worker that does not know it any more gives it to the kernel, where it goes
/// from then on.
Result<void> Daemon::apply(const Config& config) {
  const Error no_answer{"a worker does not answer, so the configuration cannot be changed", "workers",
                        "See `hvsctl workers`; restart the daemon"};
  if (!wait_for_workers()) return no_answer;
  auto compiled = compiler_.compile(config, slot_probe());
  if (!compiled) return compiled.error();
  for (const auto& worker : workers_->list()) {
    for (const ServiceSlot slot : compiled->fresh_services) worker->tables().reset(slot);
    for (const DestSlot slot : compiled->fresh_dests) worker->tables().reset(slot);
  }
  const auto before = compiler_.current();
  fabric_->snapshot.publish(compiled->snapshot);
  Result<void> done;
  if (wait_for_workers()) {
    done = steering_->sync(compiled->snapshot->steer.rows());
  } else {
    done = no_answer;
  }
  if (!done) {
    if (before) {
      fabric_->snapshot.publish(before);
      (void)steering_->sync(before->steer.rows());
    }
    compiler_.withdraw(std::move(*compiled));
    return done;
  }
  for (const auto& service : compiled->snapshot->services) {
    if (service) slot_names_[service->slot.value] = service->name;
  }
  compiler_.commit(std::move(*compiled));
  config_ = config;
  return {};
}

/// LIPs that a reload took away are steered until the connections from before it have ended.
void Daemon::settle() {
  if (fabric_->snapshot.reclaim() != 0) return;
  const auto settled = compiler_.settle(slot_probe());
  if (!settled) return;
  fabric_->snapshot.publish(settled);
  if (auto done = steering_->sync(settled->steer.rows()); !done) return log_error(done.error());
  spdlog::info("former LIPs without connections are not steered any more; LIPs steered: {}",
               settled->steer.rows().lips.size());
}

SlotProbe Daemon::slot_probe() {
  return {[this](ServiceSlot slot) {
            for (const auto& worker : workers_->list()) {
              if (worker->tables().service(slot).active.get() != 0) return true;
            }
            return false;
          },
          [this](DestSlot slot) {
            for (const auto& worker : workers_->list()) {
              if (worker->tables().dest(slot).active.get() != 0) return true;
            }
            return false;
          }};
}

bool Daemon::wait_for_workers() {
  // Workers pass a quiescent state every turn, and every few milliseconds when they sleep.
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (fabric_->snapshot.reclaim() == 0) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

Result<ReloadView> Daemon::reload() {
  state_ = "reloading";
  notify_.reloading();
  const auto finish = [this](const std::string& status) {
    state_ = "running";
    notify_.ready(status);
  };
  auto loaded = load_config(options_.config_file);
  if (!loaded) {
    for (const Error& problem : loaded.problems().list) log_error(problem);
    spdlog::error("reload refused: {} problem(s) in {}; nothing changed", loaded.problems().list.size(),
                  options_.config_file);
    finish("reload refused");
    return Error{std::to_string(loaded.problems().list.size()) + " problem(s), nothing changed\n" +
                     loaded.problems().text(),
                 options_.config_file, ""};
  }
  const ConfigDiff diff = diff_configs(config_, loaded.value());
  auto done = diff.reloadable();
  if (done && !diff.empty()) done = apply(loaded.value());
  if (!done) {
    log_error(done.error());
    spdlog::error("reload refused; nothing changed");
    finish("reload refused");
    return done.error();
  }
  set_log_level(config_.log_level);
  for (const std::string& line : diff.summary()) spdlog::info("reload: {}", line);
  spdlog::info("reloaded {}: {} change(s), generation {}", options_.config_file, diff.summary().size(),
               snapshot().generation);
  finish(std::to_string(config_.services.size()) + " services");
  return ReloadView{snapshot().generation, diff.summary()};
}

void Daemon::on_signal(int number) {
  if (number == SIGTERM || number == SIGINT) {
    spdlog::info("stopping: {}", number == SIGTERM ? "SIGTERM" : "SIGINT");
    stop();
    io_.stop();
    return;
  }
  if (number == SIGHUP) (void)reload();
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (!error) on_signal(signal);
  });
}

void Daemon::on_tick() {
  serve_resolve_requests();
  punt_->serve();
  fabric_->snapshot.reclaim();
  fabric_->fib.reclaim();
  graveyard_.reclaim();
  tick_.expires_after(kTick);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_tick();
  });
}

void Daemon::on_second() {
  if (auto done = steering_->heartbeat(); !done) log_error(done.error());
  if (++seconds_ % kKeepAliveSeconds == 0) keep_neighbours_alive();
  if (seconds_ % kSettleSeconds == 0) settle();
  notify_.watchdog();
  second_.expires_after(1s);
  second_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_second();
  });
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

std::string_view Daemon::slot_name(ServiceSlot slot) const {
  const auto it = slot_names_.find(slot.value);
  return it == slot_names_.end() ? std::string_view("?") : std::string_view(it->second);
}

void Daemon::stop() {
  if (state_ == "stopped") return;
  const bool was_running = state_ == "running";
  state_ = "stopping";
  notify_.stopping();
  if (api_) api_->stop();
  api_.reset();
  // First the kernel stops steering, then nobody needs the sockets any more.
  if (steering_) steering_->detach_all();
  if (mirror_) mirror_->stop();
  if (workers_) workers_->stop();
  workers_.reset();
  mirror_.reset();
  punt_.reset();
  fabric_.reset();
  ports_.reset();
  if (was_running) spdlog::info("steering programs detached, {} removed", steering_->pin_dir().string());
  steering_.reset();
  eal_.reset();
  tick_.cancel();
  second_.cancel();
  signals_.cancel();
  state_ = "stopped";
  if (was_running) spdlog::info("stopped");
}

}  // namespace hvs
