// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/table.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "control/config/config_file.h"

namespace hvs::ipvs {

namespace {

using Json = nlohmann::json;

std::uint64_t number(const Json& object, const char* path) {
  const Json::json_pointer pointer(path);
  if (!object.contains(pointer)) return 0;
  const Json& value = object.at(pointer);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Flow flow_of(const Json& row, const std::string& group) {
  return {number(row, (group + "/connections").c_str()), number(row, (group + "/to_dest/packets").c_str()),
          number(row, (group + "/to_client/packets").c_str()),
          number(row, (group + "/to_dest/bytes").c_str()), number(row, (group + "/to_client/bytes").c_str())};
}

using DestName = std::tuple<std::string, std::string, std::uint64_t>;

Result<Json> parse_list(std::string_view json) {
  Json list = Json::parse(json, nullptr, false);
  if (!list.is_array())
    return Error{"the daemon's answer is no list", {}, "Do hvsd and hvs-ipvsadm have the same version?"};
  return list;
}

/// To IPVS, UDP is never active.
void count_connections(const Json& row, L4Proto protocol, DestRow& out) {
  const std::uint64_t active = number(row, "/active_connections");
  out.active = protocol == L4Proto::udp ? 0 : active;
  out.inactive = active + number(row, "/inactive_connections") - out.active;
}

}  // namespace

Result<VirtualTable> read_table(const std::string& config_yaml, std::string_view services_json,
                                std::string_view dests_json) {
  auto config = parse_config(config_yaml, "the daemon's configuration");
  if (!config) return config.problems().summary();
  const auto services = parse_list(services_json);
  if (!services) return services.error();
  const auto dests = parse_list(dests_json);
  if (!dests) return dests.error();
  std::map<std::string, const Json*> service_rows;
  for (const Json& row : *services) service_rows.emplace(text(row, "name"), &row);
  std::map<DestName, const Json*> dest_rows;
  for (const Json& row : *dests) {
    dest_rows.emplace(DestName{text(row, "service"), text(row, "address"), number(row, "/port")}, &row);
  }
  VirtualTable table;
  table.config = *config;
  for (const ServiceConfig& service : table.config.services) {
    ServiceRow& row = table.rows.emplace_back();
    row.config = service;
    if (const auto found = service_rows.find(service.name); found != service_rows.end()) {
      row.total = flow_of(*found->second, "/since_zero");
      row.rate = flow_of(*found->second, "/rate");
    }
    for (const DestConfig& dest : service.dests) {
      DestRow& server = row.dests.emplace_back();
      server.config = dest;
      const auto found = dest_rows.find({service.name, dest.address.text(), dest.port.value});
      if (found == dest_rows.end()) continue;
      server.total = flow_of(*found->second, "/since_zero");
      server.rate = flow_of(*found->second, "/rate");
      server.persistent = number(*found->second, "/persistent_clients");
      count_connections(*found->second, service.protocol, server);
    }
  }
  return table;
}

void VirtualTable::sort() {
  std::sort(rows.begin(), rows.end(), [](const ServiceRow& a, const ServiceRow& b) {
    const auto key = [](const ServiceConfig& s) {
      return std::tuple(s.vip.family, s.protocol, s.vip, ports_of(s).front());
    };
    return key(a.config) < key(b.config);
  });
  for (ServiceRow& row : rows) {
    std::sort(row.dests.begin(), row.dests.end(), [](const DestRow& a, const DestRow& b) {
      return std::tie(a.config.address, a.config.port) < std::tie(b.config.address, b.config.port);
    });
  }
}

}  // namespace hvs::ipvs
