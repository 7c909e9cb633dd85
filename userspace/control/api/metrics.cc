// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/long_work.h"

namespace hvs {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

ClientMetric sample(MetricType type, Labels labels, std::uint64_t value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  const auto number = static_cast<double>(value);  // exact to 2^53
  if (type == MetricType::Counter) {
    metric.counter.value = number;
  } else {
    metric.gauge.value = number;
  }
  return metric;
}

/// A million dests have ten million samples: they are never there all at once but as text.
constexpr std::size_t kSlice = 512;

/// Adds a family's next samples to the text; only the first time with HELP and TYPE.
void append(std::string& out, MetricFamily& slice, bool first) {
  const prometheus::TextSerializer serializer;
  const std::string text = static_cast<const prometheus::Serializer&>(serializer).Serialize({slice});
  std::string_view rest = text;
  while (!first && rest.starts_with('#')) rest.remove_prefix(rest.find('\n') + 1);
  out += rest;
  slice.metric.clear();
}

/// One metric over the rows of a table: `take(row, add)` calls add(labels, value) for each sample.
template <typename Row, typename Take>
void family(std::string& out, MetricType type, std::string name, std::string help,
            const std::vector<Row>& rows, Take take) {
  MetricFamily slice{std::move(name), std::move(help), type, {}};
  bool first = true;
  for (const Row& row : rows) {
    take(row, [&](Labels labels, std::uint64_t value) {
      slice.metric.push_back(sample(type, std::move(labels), value));
    });
    LongWork::piece_done();
    if (slice.metric.size() < kSlice) continue;
    append(out, slice, std::exchange(first, false));
  }
  // A family without samples says nothing, and some parsers refuse it.
  if (!slice.metric.empty()) append(out, slice, first);
}

constexpr auto kGauge = MetricType::Gauge;
constexpr auto kCounter = MetricType::Counter;

std::string endpoint(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Labels dest_labels(const DestView& d) {
  return {{"service", d.service}, {"dest", endpoint(d.address, d.port)}};
}

Labels with(Labels labels, std::string name, std::string value) {
  labels.push_back({std::move(name), std::move(value)});
  return labels;
}

void instance_metrics(std::string& out, const StatusView& status) {
  const std::vector<StatusView> one{status};
  const auto gauge = [&](std::string name, std::string help, std::uint64_t value) {
    family(out, kGauge, std::move(name), std::move(help), one,
           [&](const auto&, auto add) { add({}, value); });
  };
  family(out, kGauge, "hvs_info", "Always 1; the labels tell what runs.", one, [](const auto& s, auto add) {
    add({{"instance_name", s.instance}, {"version", s.version}}, 1);
  });
  gauge("hvs_uptime_seconds", "Seconds since the daemon started.", status.uptime_s);
  gauge("hvs_config_generation", "Generation of the configuration in force.", status.generation);
  gauge("hvs_connections", "Connections now tracked, over all workers.", status.connections);
  gauge("hvs_connections_max", "Room for connections, over all workers.", status.connections_max);
  family(out, kCounter, "hvs_unowned_packets_total",
         "Frames of no one service (to LIPs, later fragments), by what the steering program did with them.",
         one, [](const auto& s, auto add) {
           add({{"verdict", "steered"}}, s.unowned.steered_packets);
           add({{"verdict", "passed"}}, s.unowned.passed_packets);
           add({{"verdict", "held"}}, s.unowned.held_packets);
         });
}

template <typename Row, typename LabelsOf>
void traffic_metrics(std::string& out, const std::string& prefix, const std::string& of,
                     const std::vector<Row>& rows, LabelsOf labels_of) {
  family(out, kGauge, prefix + "_active_connections",
         "Active connections of the " + of + ": TCP until one side closes, established SCTP, UDP.", rows,
         [&](const Row& row, auto add) { add(labels_of(row), row.active_connections); });
  family(out, kGauge, prefix + "_inactive_connections",
         "Connections of the " + of + " that are tracked and not active.", rows,
         [&](const Row& row, auto add) { add(labels_of(row), row.inactive_connections); });
  family(out, kCounter, prefix + "_connections_total", "Connections of the " + of + " ever opened.", rows,
         [&](const Row& row, auto add) { add(labels_of(row), row.connections); });
  family(out, kCounter, prefix + "_packets_total", "Frames forwarded for the " + of + ".", rows,
         [&](const Row& row, auto add) {
           add(with(labels_of(row), "direction", "to_dest"), row.to_dest.packets);
           add(with(labels_of(row), "direction", "to_client"), row.to_client.packets);
         });
  family(out, kCounter, prefix + "_bytes_total",
         "Bytes forwarded for the " + of + ", Ethernet headers included.", rows,
         [&](const Row& row, auto add) {
           add(with(labels_of(row), "direction", "to_dest"), row.to_dest.bytes);
           add(with(labels_of(row), "direction", "to_client"), row.to_client.bytes);
         });
}

void service_metrics(std::string& out, const std::vector<ServiceView>& services) {
  const auto name = [](const ServiceView& s) { return Labels{{"service", s.name}}; };
  family(out, kGauge, "hvs_service_info", "Always 1; the labels tell what the service is.", services,
         [](const ServiceView& s, auto add) {
           add({{"service", s.name},
                {"protocol", s.protocol},
                {"vip", s.vip},
                {"port", s.ports},
                {"mode", s.mode},
                {"scheduler", s.scheduler},
                {"lip_pool", s.lip_pool}},
               1);
         });
  family(out, kGauge, "hvs_service_dests", "Dests that the service has.", services,
         [&](const ServiceView& s, auto add) { add(name(s), s.dests); });
  traffic_metrics(out, "hvs_service", "service", services, name);
  family(out, kCounter, "hvs_service_drops_total", "Frames dropped after their service was known.", services,
         [&](const ServiceView& s, auto add) { add(name(s), s.drops); });
  family(out, kCounter, "hvs_service_steered_packets_total",
         "Frames that the steering program gave to our sockets.", services,
         [&](const ServiceView& s, auto add) { add(name(s), s.steered_packets); });
  family(out, kCounter, "hvs_service_passed_packets_total",
         "Frames that the steering program passed to the kernel because no socket was there.", services,
         [&](const ServiceView& s, auto add) { add(name(s), s.passed_packets); });
  family(out, kCounter, "hvs_service_held_packets_total",
         "Frames that the steering program dropped because no socket was there.", services,
         [&](const ServiceView& s, auto add) { add(name(s), s.held_packets); });
}

void port_metrics(std::string& out, const std::vector<PortView>& ports) {
  const auto name = [](const PortView& p) { return Labels{{"port", p.name}}; };
  family(out, kGauge, "hvs_port_info", "Always 1; the labels tell what the port is.", ports,
         [](const PortView& p, auto add) {
           add({{"port", p.name}, {"device", p.device}, {"kind", p.kind}, {"xdp", p.xdp}, {"mac", p.mac}}, 1);
         });
  family(out, kGauge, "hvs_port_up", "1 while the port has a link and, if af_xdp, its XDP program.", ports,
         [&](const PortView& p, auto add) { add(name(p), p.link == "up" ? 1 : 0); });
  family(out, kCounter, "hvs_port_packets_total", "Frames received and transmitted.", ports,
         [&](const PortView& p, auto add) {
           add(with(name(p), "direction", "rx"), p.rx_packets);
           add(with(name(p), "direction", "tx"), p.tx_packets);
         });
  family(out, kCounter, "hvs_port_bytes_total", "Bytes received and transmitted.", ports,
         [&](const PortView& p, auto add) {
           add(with(name(p), "direction", "rx"), p.rx_bytes);
           add(with(name(p), "direction", "tx"), p.tx_bytes);
         });
  family(out, kCounter, "hvs_port_rx_missed_total", "Frames for which the device or socket had no room.",
         ports, [&](const PortView& p, auto add) { add(name(p), p.rx_missed); });
  family(out, kCounter, "hvs_port_tx_dropped_total", "Frames lost in transmission.", ports,
         [&](const PortView& p, auto add) { add(name(p), p.tx_dropped); });
  family(out, kCounter, "hvs_port_punted_total", "Frames given to the kernel through the companion.", ports,
         [&](const PortView& p, auto add) { add(name(p), p.punted); });
  family(out, kCounter, "hvs_port_punt_lost_total", "Frames for the kernel that the companion did not take.",
         ports, [&](const PortView& p, auto add) { add(name(p), p.punt_lost); });
  family(out, kCounter, "hvs_port_punt_full_total",
         "Frames for the kernel that found the queue of their class to the companion full.", ports,
         [&](const PortView& p, auto add) {
           add(with(name(p), "class", "control"), p.punt_control_full);
           add(with(name(p), "class", "request"), p.punt_request_full);
           add(with(name(p), "class", "rest"), p.punt_full);
         });
  family(out, kCounter, "hvs_port_from_kernel_total", "Frames of the kernel's sent out of a native port.",
         ports, [&](const PortView& p, auto add) {
           if (!p.companion.empty()) add(name(p), p.from_kernel);
         });
  family(out, kCounter, "hvs_port_from_kernel_lost_total",
         "Frames of the kernel's not sent out of a native port, because its worker was behind.", ports,
         [&](const PortView& p, auto add) {
           if (!p.companion.empty()) add(name(p), p.from_kernel_lost);
         });
  family(out, kCounter, "hvs_port_driver_counter_total",
         "A native port's counters by the names of its driver.", ports, [&](const PortView& p, auto add) {
           for (const auto& [counter, value] : p.xstats) add(with(name(p), "counter", counter), value);
         });
}

void worker_metrics(std::string& out, const std::vector<WorkerView>& workers) {
  const auto id = [](const WorkerView& w) { return Labels{{"worker", std::to_string(w.id)}}; };
  family(out, kGauge, "hvs_worker_connections", "Connections now in the worker's table.", workers,
         [&](const WorkerView& w, auto add) { add(id(w), w.connections); });
  family(out, kGauge, "hvs_worker_connections_max", "Room in the worker's table.", workers,
         [&](const WorkerView& w, auto add) { add(id(w), w.connections_max); });
#define HVS_WORKER_METRIC(field, text)                                \
  family(out, kCounter, "hvs_worker_" #field "_total", text, workers, \
         [&](const WorkerView& w, auto add) { add(id(w), w.field); });
  HVS_WORKER_COUNTERS(HVS_WORKER_METRIC)
#undef HVS_WORKER_METRIC
}

}  // namespace

Result<std::string> metrics_text(ControlBackend& backend) {
  const auto status = backend.status();
  if (!status) return status.error();
  const auto services = backend.services();
  if (!services) return services.error();
  const auto dests = backend.dests(std::nullopt);
  if (!dests) return dests.error();
  const auto drops = backend.drops();
  if (!drops) return drops.error();
  const auto ports = backend.ports();
  if (!ports) return ports.error();
  const auto workers = backend.workers();
  if (!workers) return workers.error();

  std::string out;
  instance_metrics(out, *status);
  service_metrics(out, *services);
  family(out, kGauge, "hvs_dest_weight", "Weight of the dest; 0 takes no new connections.", *dests,
         [](const DestView& d, auto add) { add(dest_labels(d), d.weight); });
  traffic_metrics(out, "hvs_dest", "dest", *dests, dest_labels);
  family(out, kGauge, "hvs_dest_persistent_clients", "Clients that return to the dest (persistence).", *dests,
         [](const DestView& d, auto add) { add(dest_labels(d), d.persistent_clients); });
  family(out, kCounter, "hvs_drops_total", "Frames dropped, by reason.", *drops,
         [](const DropView& d, auto add) {
           add({{"reason", d.reason}}, d.packets);
         });
  port_metrics(out, *ports);
  worker_metrics(out, *workers);
  return out;
}

}  // namespace hvs
