// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/long_work.h"
#include "control/api/sd_notify.h"
#include "control/api/server.h"
#include "control/compile/compiler.h"
#include "control/compile/diff.h"
#include "control/netlink/mirror.h"
#include "daemon/address_watch.h"
#include "daemon/backend.h"
#include "daemon/devices.h"
#include "daemon/flow_stats.h"
#include "daemon/heartbeat.h"
#include "daemon/kernel_traffic.h"
#include "daemon/ports.h"
#include "daemon/punt.h"
#include "daemon/worker_threads.h"
#include "daemon/worker_watch.h"
#include "runtime/fabric.h"

namespace hvs {

struct DaemonOptions {
  std::string config_file;
  std::string bpf_dir;  // holds the BPF objects
};

/// hvsd: the composition root. Brings both planes up in order, runs the control thread, takes them down in
/// reverse. What is started is a member, in the order of starting.
class Daemon {
 public:
  /// `cpus` are those of the workers, by WorkerId.
  Daemon(DaemonOptions options, Config config, std::vector<unsigned> cpus);
  ~Daemon();

  /// Everything up to the first packet. An error leaves nothing behind. A SIGTERM that comes meanwhile stops
  /// it between two steps, which is no error; run() then returns at once.
  Result<void> start();
  /// Serves until SIGTERM or SIGINT. Returns the exit status: not 0 when it could not go on.
  int run();
  /// Takes everything down; again: does nothing.
  void stop();

  /// Reads the file again and applies the difference; an error means that nothing changed.
  Result<ReloadView> reload();
  /// What reload() would do.
  Result<DiffView> config_diff();
  /// Applies operations to the configuration in force, all or none (control/config/edit.h). Like reload() it
  /// runs to its end on the control thread, so that one follows the other.
  Result<EditView> edit(const std::string& operations);

  [[nodiscard]] const DaemonOptions& options() const { return options_; }
  [[nodiscard]] const Config& config() const { return config_; }
  /// By WorkerId.
  [[nodiscard]] const std::vector<unsigned>& cpus() const { return cpus_; }
  [[nodiscard]] const Snapshot& snapshot() const { return *compiler_.current(); }
  [[nodiscard]] std::chrono::steady_clock::time_point started_at() const { return started_at_; }
  [[nodiscard]] const std::string& state() const { return state_; }
  [[nodiscard]] std::string_view slot_name(ServiceSlot slot) const;
  [[nodiscard]] FlowCounts counts(ServiceSlot slot);
  [[nodiscard]] FlowCounts counts(DestSlot slot);
  [[nodiscard]] const FlowStats& stats(ServiceSlot slot) { return service_stats_[slot]; }
  [[nodiscard]] const FlowStats& stats(DestSlot slot) { return dest_stats_[slot]; }
  [[nodiscard]] std::vector<std::unique_ptr<Worker>>& workers() { return workers_->list(); }
  [[nodiscard]] const std::string& local_ports() const { return workers_->local_ports(); }
  [[nodiscard]] Ports& ports() { return *ports_; }
  [[nodiscard]] Steering& steering() { return *steering_; }
  [[nodiscard]] PuntService& punt() { return *punt_; }
  [[nodiscard]] KernelTraffic& kernel_traffic() { return *kernel_traffic_; }
  [[nodiscard]] Fabric& fabric() { return *fabric_; }
  [[nodiscard]] WalkGraveyard& graveyard() { return graveyard_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  Result<void> start_ports();
  Result<void> start_workers();
  void give_companion(std::size_t i);
  Result<void> start_control();
  Result<void> apply(const Config& config);
  [[nodiscard]] std::vector<std::string> warnings_of(const ConfigDiff& diff, const Config& after);
  void add_idle_lips(std::vector<std::string>& warnings);
  [[nodiscard]] std::vector<std::string> brought_by(const Config& file) const;
  [[nodiscard]] std::vector<std::string> undone_by(const Config& file) const;
  void zero_counters(const std::vector<std::string>& services);
  void sample_rates();
  void settle();
  [[nodiscard]] SlotProbe slot_probe();
  [[nodiscard]] bool wait_for_workers();
  void wait_for_signal();
  void on_signal(int number);
  void on_tick();
  void on_second();
  void watch_links();
  void watch_addresses();
  void watch_steering();
  void follow_companions();
  void on_watch();
  void beat();
  [[nodiscard]] std::uint64_t drops_of(Drop reason) const;  // over workers
  void warn_of_missed_packets();
  void warn_of_full_table();
  void warn_of_used_up_ports();
  void follow_ports(const Fib& fib);
  void follow_mtu(std::size_t port, std::uint16_t mtu);
  void follow_own_addresses(const Fib& fib);
  void fail(const Error& error);
  void serve_resolve_requests();
  void keep_neighbours_alive();

  DaemonOptions options_;
  Config config_;       // in force
  Config file_config_;  // what the file said when it was last read; edits are the difference
  std::vector<unsigned> cpus_;
  std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
  std::string state_ = "starting";
  SdNotify notify_;
  boost::asio::io_context io_{1};
  SnapshotCompiler compiler_;
  std::unordered_map<std::uint32_t, std::string> slot_names_;  // also of services that are gone
  std::unordered_map<ServiceSlot, FlowStats> service_stats_;
  std::unordered_map<DestSlot, FlowStats> dest_stats_;
  std::unique_ptr<Steering> steering_;
  std::unique_ptr<Devices> devices_;
  std::optional<Eal> eal_;
  std::unique_ptr<Ports> ports_;
  std::unique_ptr<Fabric> fabric_;
  std::unique_ptr<PuntService> punt_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<WorkerThreads> workers_;
  std::unique_ptr<KernelTraffic> kernel_traffic_;
  WalkGraveyard graveyard_;
  DaemonBackend backend_{*this};
  std::unique_ptr<ApiServer> api_;
  boost::asio::signal_set signals_{io_};
  boost::asio::steady_timer tick_{io_};
  boost::asio::steady_timer second_{io_};
  boost::asio::steady_timer watch_timer_{io_};
  WorkerWatch watch_;
  Heartbeat heartbeat_;
  std::optional<LongWork> long_work_;  // while it runs
  unsigned seconds_ = 0;
  std::chrono::steady_clock::time_point companions_due_{};
  std::chrono::steady_clock::time_point busy_until_{};
  AddressWatch addresses_;
  std::vector<bool> links_;  // by PortId: up when last looked at
  std::uint64_t held_before_ = 0;
  std::uint64_t passed_before_ = 0;
  std::uint64_t full_before_ = 0;                       // frames that found the connection table full
  std::uint64_t without_port_before_ = 0;               // those that found no local port
  std::shared_ptr<const RouteTable> own_addresses_of_;  // the routes that they were last read from
  int exit_status_ = 0;
  bool reload_when_running_ = false;  // SIGHUP came during the start
};

}  // namespace hvs
