// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/json.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/long_work.h"

namespace hvs {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json(const TrafficView& v) { return {{"packets", v.packets}, {"bytes", v.bytes}}; }

Json to_json(const SteerView& v) {
  return {{"steered_packets", v.steered_packets},
          {"passed_packets", v.passed_packets},
          {"held_packets", v.held_packets}};
}

Json to_json(const FlowView& v) {
  return {
      {"connections", v.connections}, {"to_dest", to_json(v.to_dest)}, {"to_client", to_json(v.to_client)}};
}

Json to_json(const ServiceView& v) {
  return {{"name", v.name},
          {"vip", v.vip},
          {"vips", v.vips},
          {"protocol", v.protocol},
          {"port", v.port},
          {"ports", v.ports},
          {"mode", v.mode},
          {"scheduler", v.scheduler},
          {"lip_pool", v.lip_pool},
          {"dests", v.dests},
          {"active_connections", v.active_connections},
          {"inactive_connections", v.inactive_connections},
          {"connections", v.connections},
          {"to_dest", to_json(v.to_dest)},
          {"to_client", to_json(v.to_client)},
          {"drops", v.drops},
          {"steered_packets", v.steered_packets},
          {"passed_packets", v.passed_packets},
          {"held_packets", v.held_packets},
          {"since_zero", to_json(v.since_zero)},
          {"rate", to_json(v.rate)},
          {"from", v.from}};
}

Json to_json(const DestView& v) {
  return {{"service", v.service},
          {"address", v.address},
          {"port", v.port},
          {"mode", v.mode},
          {"weight", v.weight},
          {"max_conn", v.max_conn},
          {"min_conn", v.min_conn},
          {"full", v.full},
          {"active_connections", v.active_connections},
          {"inactive_connections", v.inactive_connections},
          {"connections", v.connections},
          {"persistent_clients", v.persistent_clients},
          {"to_dest", to_json(v.to_dest)},
          {"to_client", to_json(v.to_client)},
          {"since_zero", to_json(v.since_zero)},
          {"rate", to_json(v.rate)}};
}

Json to_json(const DropView& v) {
  return {{"reason", v.reason}, {"description", v.description}, {"packets", v.packets}};
}

Json to_json(const PortView& v) {
  Json json = {{"name", v.name},
               {"device", v.device},
               {"kind", v.kind},
               {"xdp", v.xdp},
               {"queues", v.queues},
               {"mac", v.mac},
               {"mtu", v.mtu},
               {"link", v.link},
               {"rx_packets", v.rx_packets},
               {"rx_bytes", v.rx_bytes},
               {"tx_packets", v.tx_packets},
               {"tx_bytes", v.tx_bytes},
               {"rx_missed", v.rx_missed},
               {"tx_dropped", v.tx_dropped},
               {"punted", v.punted},
               {"punt_lost", v.punt_lost},
               {"punt_full", v.punt_full},
               {"punt_control_full", v.punt_control_full},
               {"punt_request_full", v.punt_request_full}};
  if (v.companion.empty()) return json;
  json["companion"] = v.companion;
  json["companion_by"] = v.companion_by;
  json["offloads"] = v.offloads;
  json["waits"] = v.waits;
  json["from_kernel"] = v.from_kernel;
  json["from_kernel_lost"] = v.from_kernel_lost;
  json["xstats"] = Json::object();
  for (const auto& [name, value] : v.xstats) json["xstats"][name] = value;
  return json;
}

Json to_json(const WorkerView& v) {
  Json json = {{"id", v.id},
               {"cpu", v.cpu},
               {"connections", v.connections},
               {"connections_max", v.connections_max},
               {"vectors", v.vectors}};
#define HVS_WORKER_JSON(name, text) json[#name] = v.name;
  HVS_WORKER_COUNTERS(HVS_WORKER_JSON)
#undef HVS_WORKER_JSON
  return json;
}

template <typename View>
std::string dump_list(const std::vector<View>& views) {
  // Row by row: a million dests as one Json would take gigabytes.
  std::string out = "[";
  for (const View& view : views) {
    if (out.size() > 1) out += ',';
    out += dump(to_json(view));
    LongWork::piece_done();
  }
  return out += ']';
}

/// What TCP's states mean for SCTP, in the words of RFC 9260.
std::string_view sctp_state_name(TcpState state) {
  switch (state) {
    case TcpState::none:
    case TcpState::syn_sent: return "cookie_wait";
    case TcpState::syn_recv: return "cookie_echoed";
    case TcpState::established: return "established";
    case TcpState::fin_wait: return "shutdown_sent";
    case TcpState::close_wait: return "shutdown_received";
    case TcpState::last_ack: return "shutdown_ack_sent";
    case TcpState::time_wait:
    case TcpState::close: return "closed";
  }
  return "?";
}

/// UDP and ICMP have no TCP state; whether the dest has answered is what matters there.
std::string_view state_name(const ConnView& conn) {
  switch (conn.protocol) {
    case L4Proto::tcp: return name_of(conn.state);
    case L4Proto::icmp:
    case L4Proto::icmpv6:
    case L4Proto::udp: return conn.replied ? "replied" : "unreplied";
    case L4Proto::sctp: return sctp_state_name(conn.state);
  }
  return "?";
}

}  // namespace

std::string json_text(const StatusView& v) {
  return dump({{"instance", v.instance},
               {"version", v.version},
               {"pid", v.pid},
               {"uptime_s", v.uptime_s},
               {"state", v.state},
               {"generation", v.generation},
               {"config_file", v.config_file},
               {"workers", v.workers},
               {"ports", v.ports},
               {"services", v.services},
               {"connections", v.connections},
               {"connections_max", v.connections_max},
               {"local_ports", v.local_ports},
               {"bpf_dir", v.bpf_dir},
               {"unowned", to_json(v.unowned)}});
}
std::string json_text(const std::vector<ServiceView>& views) { return dump_list(views); }
std::string json_text(const std::vector<DestView>& views) { return dump_list(views); }
std::string json_text(const std::vector<DropView>& views) { return dump_list(views); }
std::string json_text(const std::vector<PortView>& views) { return dump_list(views); }
std::string json_text(const std::vector<WorkerView>& views) { return dump_list(views); }
std::string json_text(const ReloadView& v) {
  return dump(
      {{"generation", v.generation}, {"changes", v.changes}, {"undone", v.undone}, {"warnings", v.warnings}});
}
std::string json_text(const DiffView& v) {
  return dump({{"changes", v.changes}, {"undone", v.undone}, {"reloadable", v.reloadable}});
}
std::string json_text(const EditView& v) {
  return dump({{"generation", v.generation}, {"changes", v.changes}, {"warnings", v.warnings}});
}

std::string json_error(const Error& error) {
  return dump({{"error", {{"what", error.what}, {"where", error.where}, {"fix", error.fix}}}});
}

std::string json_string(std::string_view text) { return dump(text); }

void append_conn_line(std::string& out, const ConnView& conn, std::string_view service_json) {
  if (conn.template_of) {
    fmt::format_to(std::back_inserter(out),
                   R"({{"protocol":"{}","mode":"{}","client":"{}","vip":"{}","dest":"{}","connections":{},)"
                   R"("expires_ms":{},"service":{}}})"
                   "\n",
                   name_of(conn.protocol), name_of(conn.mode), conn.client.text(),
                   conn.vip.text(conn.vip_port.value), conn.dest.text(conn.dest_port.value),
                   *conn.template_of, conn.expires_ms, service_json);
    return;
  }
  fmt::format_to(
      std::back_inserter(out),
      R"({{"worker":{},"protocol":"{}","mode":"{}","client":"{}","vip":"{}","lip":"{}","dest":"{}",)"
      R"("state":"{}","idle_ms":{},"expires_ms":{},"service":{}}})"
      "\n",
      conn.worker.value, name_of(conn.protocol), name_of(conn.mode), conn.client.text(conn.client_port.value),
      conn.vip.text(conn.vip_port.value), conn.lip ? conn.lip->text(conn.lip_port.value) : std::string(),
      conn.dest.text(conn.dest_port.value), state_name(conn), conn.idle_ms, conn.expires_ms, service_json);
}

}  // namespace hvs
