// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/heap.h"
#include "base/long_work.h"
#include "control/compile/cut_warning.h"
#include "control/compile/diff.h"
#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "control/config/machine_facts.h"
#include "control/config/plan_addresses.h"
#include "control/config/plan_dests.h"
#include "daemon/daemon.h"
#include "daemon/log.h"
#include "model/past_vip.h"

// How one configuration follows another in the running daemon.
namespace hvs {

namespace {

/// Takes those that are also in `known` out of `lines`.
void erase_lines(std::vector<std::string>& lines, const std::vector<std::string>& known) {
  const std::unordered_set<std::string_view> all(known.begin(), known.end());
  std::erase_if(lines, [&](const std::string& line) { return all.contains(line); });
}

}  // namespace

/// What `after` brings with it that serves nobody, or will not work yet by the addresses of this host, and
/// what it ends. To be asked before it is in force.
std::vector<std::string> Daemon::warnings_of(const ConfigDiff& diff, const Config& after) {
  MachineFacts machine;
  machine.addresses = probe_addresses();
  std::vector<std::string> lines;
  for (const Error& warning : newly_unanswered(config_, after, machine)) lines.push_back(warning.message());
  for (const Error& warning : newly_idle(config_, after)) lines.push_back(warning.message());
  for (const Error& warning : newly_own_dests(config_, after, machine)) lines.push_back(warning.message());
  if ((diff.services_removed.empty() && diff.services_changed.empty()) || !ports_->any_af_xdp()) return lines;
  std::vector<CutService> cut = cut_services(config_, after);
  std::unordered_map<std::string_view, CutService*> by_name;
  for (CutService& service : cut) by_name.emplace(service.name, &service);
  for (const auto& service : snapshot().services) {
    if (!service || service->mode == ForwardingMode::snat) continue;
    const auto found = by_name.find(service->name);
    if (found == by_name.end()) continue;
    for (const auto& worker : workers_->list())
      found->second->connections += worker->tables().service(service->slot).active.get();
  }
  for (const Error& warning : cut_warnings(cut)) lines.push_back(warning.message());
  return lines;
}

/// What of that shows when it is in force.
void Daemon::add_idle_lips(std::vector<std::string>& warnings) {
  const PortOwners& owners = workers_->list().front()->tables().lip_ports().owners();
  for (const Error& warning : idle_lips(snapshot(), owners)) warnings.push_back(warning.message());
}

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
    for (const DestSlot slot : compiled->fresh_dests) {
      worker->tables().reset(slot);
      LongWork::piece_done();
    }
  }
  for (const ServiceSlot slot : compiled->fresh_services) service_stats_.erase(slot);
  for (const DestSlot slot : compiled->fresh_dests) dest_stats_.erase(slot);
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

/// LIPs that a reload took away are steered, and VIPs that became LIPs give no ports, until the connections
/// from before it have ended.
void Daemon::settle() {
  if (fabric_->snapshot.reclaim() != 0) return;
  const auto settled = compiler_.settle(slot_probe());
  if (compiler_.past_vips_ended()) {
    if (auto done = apply(config_); !done) return log_error(done.error());
    spdlog::info("connections by former VIPs have ended; their ports are local ports now");
    return;
  }
  if (!settled) return;
  fabric_->snapshot.publish(settled);
  if (auto done = steering_->sync(settled->steer.rows()); !done) return log_error(done.error());
  spdlog::info("former LIPs and dests without connections are forgotten; LIPs steered: {}",
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
  // Workers pass a quiescent state every turn. One that sleeps takes a turn now.
  fabric_->wake_all();
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
  const std::vector<std::string> changes = brought_by(loaded.value());
  const std::vector<std::string> undone = undone_by(loaded.value());
  std::vector<std::string> warnings;
  auto done = diff.reloadable();
  if (done) warnings = warnings_of(diff, loaded.value());
  // What is no change by the list, such as an order of dests, is in force all the same.
  if (done && !(loaded.value() == config_)) done = apply(loaded.value());
  if (!done) {
    log_error(done.error());
    spdlog::error("reload refused; nothing changed");
    finish("reload refused");
    return done.error();
  }
  add_idle_lips(warnings);
  config_ = std::move(loaded).value();
  file_config_ = config_;
  set_log_level(config_.log_level);
  log_lines(spdlog::level::warn, "reload: edit undone, which was not saved to the file", undone);
  log_lines(spdlog::level::info, "reload", changes);
  log_lines(spdlog::level::warn, "reload", warnings);
  spdlog::info("reloaded {}: {} change(s), {} edit(s) undone, generation {}", options_.config_file,
               changes.size(), undone.size(), snapshot().generation);
  finish(std::to_string(config_.services.size()) + " services");
  give_memory_back();
  return ReloadView{snapshot().generation, changes, undone, warnings};
}

/// What putting the file in force changes, but for what only takes edits back.
std::vector<std::string> Daemon::brought_by(const Config& file) const {
  std::vector<std::string> taken_back = diff_configs(config_, file_config_).summary();
  erase_lines(taken_back, diff_configs(file_config_, file).summary());
  std::vector<std::string> changes = diff_configs(config_, file).summary();
  erase_lines(changes, taken_back);
  return changes;
}

/// The edits since the file was last read that are not in the file now.
std::vector<std::string> Daemon::undone_by(const Config& file) const {
  std::vector<std::string> edits = diff_configs(file_config_, config_).summary();
  erase_lines(edits, diff_configs(file_config_, file).summary());
  return edits;
}

Result<DiffView> Daemon::config_diff() {
  const auto loaded = load_config(options_.config_file);
  if (!loaded) return loaded.problems().summary();
  // Saved, or edited to the same end: what differs from here on has come later.
  if (loaded.value() == config_) file_config_ = config_;
  const ConfigDiff diff = diff_configs(config_, loaded.value());
  return DiffView{brought_by(loaded.value()), undone_by(loaded.value()), diff.reloadable().ok()};
}

Result<EditView> Daemon::edit(const std::string& operations) {
  auto edited = edit_config(config_, operations);
  if (!edited) {
    spdlog::warn("edit refused, nothing changed: {}", edited.error().message());
    return edited.error();
  }
  const ConfigDiff diff = diff_configs(config_, edited->config);
  const std::vector<std::string> changes = diff.summary();
  std::vector<std::string> warnings;
  if (!(edited->config == config_)) {
    warnings = warnings_of(diff, edited->config);
    if (auto done = apply(edited->config); !done) {
      log_error(done.error());
      spdlog::error("edit refused; nothing changed");
      return done.error();
    }
    add_idle_lips(warnings);
    notify_.ready(std::to_string(config_.services.size()) + " services");
  }
  zero_counters(edited->zeroed);
  log_lines(spdlog::level::info, "edit", changes);
  log_lines(spdlog::level::warn, "edit", warnings);
  spdlog::info("edited: {} operation(s), {} change(s), generation {}{}", edited->operations, changes.size(),
               snapshot().generation,
               changes.empty() ? "" : "; a reload undoes them unless they are saved (hvsctl config save)");
  return EditView{snapshot().generation, changes, warnings};
}

}  // namespace hvs
