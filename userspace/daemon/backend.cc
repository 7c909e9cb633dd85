// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/backend.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>

#include "base/long_work.h"
#include "control/config/config_file.h"
#include "daemon/daemon.h"
#include "daemon/template_scan.h"

namespace hvs {

namespace {

void add(TrafficView& sum, const TrafficCounters& counters) {
  sum.packets += counters.packets.get();
  sum.bytes += counters.bytes.get();
}

/// The two counters are read one after the other, while their worker goes on.
template <typename View, typename Row>
void add_connections(View& view, const Row& row) {
  const std::uint64_t all = row.active.get();
  const std::uint64_t active = std::min(row.busy.get(), all);
  view.active_connections += active;
  view.inactive_connections += all - active;
}

/// How many clients return to each dest. The table is walked only when some service has clients to remember.
std::map<DestSlot, std::uint64_t> persistent_clients(Daemon& daemon) {
  std::map<DestSlot, std::uint64_t> clients;
  const auto& services = daemon.snapshot().services;
  const bool any = std::any_of(services.begin(), services.end(),
                               [](const auto& service) { return service && service->persistence; });
  if (!any || daemon.workers().empty()) return clients;
  daemon.workers().front()->tables().shared().templates.visit(
      worker_now_ms(), [&](const TemplateDest& dest, std::uint32_t) { ++clients[dest.slot]; });
  return clients;
}

void describe_rule(const Config& config, ServiceView& view) {
  for (const SnatConfig& rule : config.snat) {
    if (rule.name != view.name) continue;
    view.protocol = name_of(rule.protocol);
    for (const IpPrefix& prefix : rule.from) view.from.push_back(prefix.text());
  }
}

FlowView view_of(const FlowCounts& counts) {
  const auto& v = counts.values;
  return {v[FlowCounts::connections],
          {v[FlowCounts::packets_in], v[FlowCounts::bytes_in]},
          {v[FlowCounts::packets_out], v[FlowCounts::bytes_out]}};
}

}  // namespace

Result<StatusView> DaemonBackend::status() {
  StatusView view;
  const Config& config = daemon_.config();
  view.instance = config.instance;
  view.version = HVS_VERSION;
  view.pid = static_cast<std::uint32_t>(getpid());
  view.uptime_s = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                                 std::chrono::steady_clock::now() - daemon_.started_at())
                                                 .count());
  view.state = daemon_.state();
  view.generation = daemon_.snapshot().generation;
  view.config_file = daemon_.options().config_file;
  view.workers = daemon_.cpus().size();
  view.ports = config.ports.size();
  view.services = config.services.size();
  for (const auto& worker : daemon_.workers()) {
    view.connections += worker->tables().connections();
  }
  view.connections_max = config.connections_max;
  view.local_ports = daemon_.local_ports();
  view.bpf_dir = daemon_.steering().pin_dir();
  const hvs_steer_stats unowned = daemon_.steering().read_unowned_stats();
  view.unowned = {unowned.steered_packets, unowned.passed_packets, unowned.held_packets};
  return view;
}

Result<std::vector<ServiceView>> DaemonBackend::services() {
  std::vector<ServiceView> views;
  for (const auto& service : daemon_.snapshot().services) {
    if (!service) continue;
    ServiceView view;
    view.name = service->name;
    view.mode = name_of(service->mode);
    view.lip_pool = service->lips ? service->lips->name : "";
    if (service->mode == ForwardingMode::snat) {
      describe_rule(daemon_.config(), view);
    } else {
      view.vip = service->vip.text();
      view.protocol = name_of(service->protocol);
      view.port = service->port.value;
      for (const IpAddr& vip : service->vips) view.vips.push_back(vip.text());
      view.ports = ports_text(service->ports);
      view.scheduler = name_of(service->scheduler);
      view.dests = service->dests.size();
    }
    for (const auto& worker : daemon_.workers()) {
      const ServiceCounters& row = worker->tables().service(service->slot);
      add_connections(view, row);
      view.connections += row.connections.get();
      view.drops += row.drops.get();
      add(view.to_dest, row.to_dest);
      add(view.to_client, row.to_client);
    }
    const hvs_steer_stats steered = daemon_.steering().read_stats(service->slot);
    view.steered_packets = steered.steered_packets;
    view.passed_packets = steered.passed_packets;
    view.held_packets = steered.held_packets;
    const FlowStats& stats = daemon_.stats(service->slot);
    view.since_zero = view_of(stats.since_zero(daemon_.counts(service->slot)));
    view.rate = view_of(stats.rate());
    views.push_back(std::move(view));
    LongWork::piece_done();
  }
  return views;
}

Result<std::vector<DestView>> DaemonBackend::dests(std::optional<std::string_view> name) {
  const auto persistent = persistent_clients(daemon_);
  std::vector<DestView> views;
  for (const auto& service : daemon_.snapshot().services) {
    if (!service || service->mode == ForwardingMode::snat || (name && service->name != *name)) continue;
    for (const Dest& dest : service->dests) {
      DestView view;
      view.service = service->name;
      view.address = dest.addr.text();
      view.port = dest.port.value;
      view.mode = name_of(dest.mode);
      view.weight = dest.weight;
      view.max_conn = dest.limits.max;
      if (const auto found = persistent.find(dest.slot); found != persistent.end())
        view.persistent_clients = found->second;
      if (view.max_conn != 0) view.min_conn = dest.limits.resume_below;
      if (!daemon_.workers().empty()) {
        view.full = !daemon_.workers().front()->tables().shared().loads[dest.slot].takes(dest.limits);
      }
      for (const auto& worker : daemon_.workers()) {
        const DestCounters& row = worker->tables().dest(dest.slot);
        add_connections(view, row);
        view.connections += row.connections.get();
        add(view.to_dest, row.to_dest);
        add(view.to_client, row.to_client);
      }
      const FlowStats& stats = daemon_.stats(dest.slot);
      view.since_zero = view_of(stats.since_zero(daemon_.counts(dest.slot)));
      view.rate = view_of(stats.rate());
      views.push_back(std::move(view));
      LongWork::piece_done();
    }
  }
  return views;
}

Result<std::vector<DropView>> DaemonBackend::drops() {
  std::vector<DropView> views;
  for (std::size_t i = 0; i < kDropCount; ++i) {
    DropView view{std::string(kDropInfo[i].name), std::string(kDropInfo[i].description), 0};
    for (const auto& worker : daemon_.workers()) view.packets += worker->tables().counters().drops[i].get();
    if (static_cast<Drop>(i) == Drop::punt_unavailable) view.packets += daemon_.punt().unavailable();
    views.push_back(std::move(view));
  }
  return views;
}

Result<std::vector<PortView>> DaemonBackend::ports() {
  std::vector<PortView> views;
  for (std::size_t i = 0; i < daemon_.ports().size(); ++i) {
    const Port& port = daemon_.ports().at(i);
    const PortInfo& info = port.info();
    const PortStats stats = port.stats();
    PortView view;
    view.name = info.name;
    view.device = info.device;
    view.kind = name_of(info.kind);
    if (info.kind == PortKind::af_xdp) view.xdp = name_of(info.xdp);
    view.queues = info.queues;
    view.mac = mac_text(info.mac);
    view.mtu = info.mtu;
    view.link = stats.link_up ? "up" : "down";
    if (const AfXdpPort* shared = daemon_.ports().af_xdp(i); shared != nullptr && !shared->steered())
      view.link = "unsteered";
    view.rx_packets = stats.rx_packets;
    view.rx_bytes = stats.rx_bytes;
    view.tx_packets = stats.tx_packets;
    view.tx_bytes = stats.tx_bytes;
    view.rx_missed = stats.rx_missed;
    view.tx_dropped = stats.tx_dropped;
    view.punted = daemon_.punt().punted(i);
    view.punt_lost = daemon_.punt().lost(i);
    for (const auto& worker : daemon_.workers()) {
      const PuntLosses& losses = worker->punt_losses(info.id);
      view.punt_full += losses.rest.get();
      view.punt_control_full += losses.control.get();
      view.punt_request_full += losses.request.get();
    }
    if (const NativePort* native = daemon_.ports().native(i)) {
      view.companion = native->companion().name();
      view.companion_by = native->companion().way();
      view.offloads = info.offloads;
      if (daemon_.config().workers.poll == PollMode::adaptive)
        view.waits = native->wait_fd(QueueId{0}) >= 0 ? "interrupt" : "timer";
      view.from_kernel = daemon_.kernel_traffic().sent(i);
      view.from_kernel_lost = daemon_.kernel_traffic().lost(i);
      view.xstats = native->xstats();
    }
    views.push_back(std::move(view));
  }
  return views;
}

Result<std::vector<WorkerView>> DaemonBackend::workers() {
  std::vector<WorkerView> views;
  for (const auto& worker : daemon_.workers()) {
    WorkerView view;
    view.id = worker->id().value;
    view.cpu = daemon_.cpus()[worker->id().index()];
    view.connections = worker->tables().connections();
    view.connections_max = worker->tables().capacity();
    view.vectors = worker->tables().vectors();
    view.take(worker->tables().counters());
    views.push_back(view);
  }
  return views;
}

Result<std::string> DaemonBackend::config_yaml() { return config_to_yaml(daemon_.config()); }

std::optional<ServiceSlot> DaemonBackend::service_slot(std::string_view name) {
  for (const auto& service : daemon_.snapshot().services) {
    if (service && service->name == name) return service->slot;
  }
  return std::nullopt;
}

std::string_view DaemonBackend::service_name(ServiceSlot slot) { return daemon_.slot_name(slot); }

Result<std::unique_ptr<ConnScan>> DaemonBackend::scan_conns(const ConnQuery& query) {
  return start_conn_scan(daemon_.io(), daemon_.fabric(), daemon_.graveyard(), query);
}

Result<std::unique_ptr<ConnScan>> DaemonBackend::scan_templates(const ConnQuery& query) {
  const Templates* templates =
      daemon_.workers().empty() ? nullptr : &daemon_.workers().front()->tables().shared().templates;
  return start_template_scan(daemon_.io(), templates, daemon_.snapshot(), query, worker_now_ms);
}

void DaemonBackend::reload(std::function<void(Result<ReloadView>)> done) {
  boost::asio::post(daemon_.io(), [this, done = std::move(done)] { done(daemon_.reload()); });
}

Result<DiffView> DaemonBackend::config_diff() { return daemon_.config_diff(); }

void DaemonBackend::edit(std::string operations, std::function<void(Result<EditView>)> done) {
  boost::asio::post(daemon_.io(), [this, operations = std::move(operations), done = std::move(done)] {
    done(daemon_.edit(operations));
  });
}

}  // namespace hvs
