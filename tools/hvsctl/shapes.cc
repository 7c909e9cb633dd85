// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/shapes.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/hvsctl/units.h"

namespace hvs::ctl {

using Json = nlohmann::json;
using Cells = std::vector<std::string>;

std::string Row::text(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return "-";
  std::string out = value->is_string() ? value->get<std::string>() : value->dump();
  return out.empty() ? "-" : out;
}

std::string Row::count(const char* key) const { return scaled(key, human_count); }
std::string Row::bytes(const char* key) const { return scaled(key, human_bytes); }

std::uint64_t Row::number(const char* key) const {
  const Json* value = find(key);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

std::string Row::endpoint(const char* address, const char* port) const {
  const std::string host = text(address);
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + text(port);
}

std::size_t Row::items(const char* key) const {
  const Json* list = find(key);
  return list != nullptr && list->is_array() ? list->size() : 0;
}

std::string Row::list(const char* key) const {
  const Json* value = find(key);
  std::string out;
  if (value != nullptr && value->is_array()) {
    for (const Json& item : *value)
      out += (out.empty() ? "" : ",") + (item.is_string() ? item.get<std::string>() : item.dump());
  }
  return out.empty() ? "-" : out;
}

const Json* Row::find(const char* key) const {
  const Json* at = &object_;
  std::string_view rest = key;
  while (true) {
    const std::size_t slash = rest.find('/');
    const auto it = at->is_object() ? at->find(std::string(rest.substr(0, slash))) : at->end();
    if (it == at->end() || it->is_null()) return nullptr;
    at = &*it;
    if (slash == std::string_view::npos) return at;
    rest.remove_prefix(slash + 1);
  }
}

std::string Row::scaled(const char* key, std::string (*human)(std::uint64_t)) const {
  return style_.human && text(key) != "-" ? human(number(key)) : text(key);
}

namespace {

/// Behind the first of so many VIPs.
std::string more(std::size_t vips) { return vips > 1 ? " +" + std::to_string(vips - 1) : ""; }

}  // namespace

Shape service_shape() {
  return {{{"SERVICE"},
           {"PROTO"},
           {"VIP"},
           {"MODE"},
           {"SCHEDULER"},
           {"LIP-POOL"},
           {"DESTS", Align::right},
           {"ACTIVE", Align::right},
           {"INACTIVE", Align::right},
           {"CONNS", Align::right},
           {"PKTS-TO-DEST", Align::right},
           {"BYTES-TO-DEST", Align::right},
           {"PKTS-TO-CLIENT", Align::right},
           {"BYTES-TO-CLIENT", Align::right},
           {"DROPS", Align::right},
           {"STEERED", Align::right},
           {"PASSED", Align::right},
           {"HELD", Align::right}},
          "no services",
          [](const Row& r) -> Cells {
            return {r.text("name"),
                    r.text("protocol"),
                    r.text("mode") == "snat" ? r.list("from")
                                             : r.endpoint("vip", "ports") + more(r.items("vips")),
                    r.text("mode"),
                    r.text("scheduler"),
                    r.text("lip_pool"),
                    r.count("dests"),
                    r.count("active_connections"),
                    r.count("inactive_connections"),
                    r.count("connections"),
                    r.count("to_dest/packets"),
                    r.bytes("to_dest/bytes"),
                    r.count("to_client/packets"),
                    r.bytes("to_client/bytes"),
                    r.count("drops"),
                    r.count("steered_packets"),
                    r.count("passed_packets"),
                    r.count("held_packets")};
          }};
}

Shape dest_shape() {
  return {{{"SERVICE"},
           {"DEST"},
           {"MODE"},
           {"WEIGHT", Align::right},
           {"MAX", Align::right},
           {"FULL"},
           {"ACTIVE", Align::right},
           {"INACTIVE", Align::right},
           {"CLIENTS", Align::right},
           {"CONNS", Align::right},
           {"PKTS-TO-DEST", Align::right},
           {"BYTES-TO-DEST", Align::right},
           {"PKTS-TO-CLIENT", Align::right},
           {"BYTES-TO-CLIENT", Align::right}},
          "no dests",
          [](const Row& r) -> Cells {
            return {r.text("service"),
                    r.number("port") == 0 ? r.text("address") : r.endpoint("address", "port"),
                    r.text("mode"),
                    r.text("weight"),
                    r.number("max_conn") == 0 ? "-" : r.count("max_conn"),
                    r.text("full") == "true" ? "yes" : "-",
                    r.count("active_connections"),
                    r.count("inactive_connections"),
                    r.count("persistent_clients"),
                    r.count("connections"),
                    r.count("to_dest/packets"),
                    r.bytes("to_dest/bytes"),
                    r.count("to_client/packets"),
                    r.bytes("to_client/bytes")};
          }};
}

Shape drop_shape() {
  return {{{"REASON"}, {"PACKETS", Align::right}, {"DESCRIPTION"}}, "no drops", [](const Row& r) -> Cells {
            return {r.text("reason"), r.count("packets"), r.text("description")};
          }};
}

Shape port_shape() {
  return {{{"PORT"},
           {"DEVICE"},
           {"KIND"},
           {"XDP"},
           {"LINK"},
           {"QUEUES", Align::right},
           {"MTU", Align::right},
           {"MAC"},
           {"RX-PKTS", Align::right},
           {"RX-BYTES", Align::right},
           {"TX-PKTS", Align::right},
           {"TX-BYTES", Align::right},
           {"RX-MISSED", Align::right},
           {"TX-DROPPED", Align::right},
           {"PUNTED", Align::right},
           {"PUNT-DROPS", Align::right},
           {"COMPANION"}},
          "no ports",
          [](const Row& r) -> Cells {
            return {
                r.text("name"),
                r.text("device"),
                r.text("kind"),
                r.text("xdp"),
                r.text("link"),
                r.text("queues"),
                r.text("mtu"),
                r.text("mac"),
                r.count("rx_packets"),
                r.bytes("rx_bytes"),
                r.count("tx_packets"),
                r.bytes("tx_bytes"),
                r.count("rx_missed"),
                r.count("tx_dropped"),
                r.count("punted"),
                std::to_string(r.number("punt_lost") + r.number("punt_full") + r.number("punt_control_full") +
                               r.number("punt_request_full")),
                r.text("companion") == "-" ? "-" : r.text("companion") + " (" + r.text("companion_by") + ")"};
          }};
}

/// Of all the counters, those that tell whether a worker is well; the others are in --json and /metrics.
Shape worker_shape() {
  return {{{"WORKER", Align::right},
           {"CPU", Align::right},
           {"CONNS", Align::right},
           {"CONNS-MAX", Align::right},
           {"LOOPS", Align::right},
           {"IDLE-LOOPS", Align::right},
           {"RX-PKTS", Align::right},
           {"TX-PKTS", Align::right},
           {"PUNTS", Align::right},
           {"HANDOFF-IN", Align::right},
           {"HANDOFF-OUT", Align::right},
           {"OPENED", Align::right},
           {"EXPIRED", Align::right}},
          "no workers",
          [](const Row& r) -> Cells {
            return {r.text("id"),
                    r.text("cpu"),
                    r.count("connections"),
                    r.count("connections_max"),
                    r.count("loops"),
                    r.count("idle_loops"),
                    r.count("rx_packets"),
                    r.count("tx_packets"),
                    r.count("punts"),
                    r.count("handoff_in"),
                    r.count("handoff_out"),
                    r.count("connections_opened"),
                    r.count("connections_expired")};
          }};
}

}  // namespace hvs::ctl
