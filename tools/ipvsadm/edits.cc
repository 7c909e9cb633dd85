// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/edits.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/ipvsadm/spellings.h"

namespace hvs::ipvs {

namespace {

using Json = nlohmann::ordered_json;
using Edits = std::vector<Json>;

using Fields = std::initializer_list<std::pair<const char*, Json>>;

Json object(Fields fields) {
  Json out = Json::object();
  for (const auto& [key, value] : fields) out[key] = value;
  return out;
}

Edits one(const char* operation, Fields fields = {}) {
  Json edit = object({{"op", operation}});
  edit.update(object(fields));
  Edits edits;
  edits.push_back(std::move(edit));
  return edits;
}

Json service_reference(const ServiceAddress& s) {
  const Json port = s.port.single() ? Json(s.port.low.value) : Json(s.port.text());
  return object({{"protocol", name_of(s.protocol)}, {"vip", s.address.text()}, {"port", port}});
}

/// A packet that is routed or tunnelled keeps its port: of a server that is added or edited so, ipvsadm takes
/// no notice of the port in -r. To delete one it is as given.
bool keeps_port(const Command& c) {
  const bool described = c.action == Action::add_server || c.action == Action::edit_server;
  return described && (c.forward == Forward::gatewaying || c.forward == Forward::ipip);
}

/// Without a port where it is the service's: that the service has one port alone is for the daemon to know.
Json dest_reference(const Command& c) {
  Json out = object({{"address", c.server->address.text()}});
  const L4Port port = keeps_port(c) ? L4Port{} : c.server->port.value_or(L4Port{});
  if (port.value != 0) out["port"] = port.value;
  return out;
}

/// Without on_drain, which has no option.
Json persistence_settings(const Command& c) {
  if (!c.persistent) return {};
  const bool v4 = c.service->address.is_v4();
  const Json bits = c.netmask_bits ? Json(*c.netmask_bits) : Json();
  return object(
      {{"timeout", *c.persistent}, {"v4_mask", v4 ? bits : Json()}, {"v6_prefix", v4 ? Json() : bits}});
}

/// Settings of a service besides its key. -E says everything anew, as -A does: what is left out is null,
/// which is the default.
Result<Json> service_settings(const Command& c) {
  const auto flags = parse_scheduler_flags(c.scheduler, c.scheduler_flags);
  if (!flags) return flags.error();
  Json words = Json::array();
  if (flags->port) words.push_back("port");
  if (flags->fallback) words.push_back("fallback");
  Json settings = object({{"scheduler", c.scheduler}});
  settings["scheduler_flags"] = words.empty() ? Json() : words;
  settings["one_packet"] = c.one_packet ? Json(true) : Json();
  settings["mh_table_size"] = c.mh_table_size ? Json(*c.mh_table_size) : Json();
  settings["persistence"] = persistence_settings(c);
  if (c.lip_pool) settings["lip_pool"] = *c.lip_pool;
  return settings;
}

ForwardingMode mode_of(Forward forward) {
  switch (forward) {
    case Forward::fullnat: return ForwardingMode::fullnat;
    case Forward::gatewaying: return ForwardingMode::dr;
    case Forward::masquerading: return ForwardingMode::nat;
    case Forward::ipip: return ForwardingMode::tunnel;
  }
  return ForwardingMode::fullnat;
}

/// The type is always said, for the service may have another.
Json tunnel_settings(const TunnelConfig& tunnel) {
  const bool gue = tunnel.type == TunnelType::gue;
  const bool checksum = tunnel.checksum != TunnelChecksum::automatic;
  return object({{"type", name_of(tunnel.type)},
                 {"port", gue ? Json(tunnel.port.value) : Json()},
                 {"checksum", checksum ? Json(name_of(tunnel.checksum)) : Json()},
                 {"gue_variant", tunnel.gue_variant != 0 ? Json(tunnel.gue_variant) : Json()}});
}

/// As those of a service.
Json dest_settings(const Command& c) {
  const auto bound = [](std::uint64_t value) { return value != 0 ? Json(value) : Json(); };
  return object({{"mode", name_of(mode_of(c.forward))},
                 {"weight", c.weight},
                 {"max_conn", bound(c.upper_threshold)},
                 {"min_conn", bound(c.lower_threshold)},
                 {"tunnel", c.forward == Forward::ipip ? tunnel_settings(c.tunnel) : Json()}});
}

/// What is added has no old settings to take out.
Json without_nulls(const Json& settings) {
  Json out = Json::object();
  for (const auto& [key, value] : settings.items()) {
    if (!value.is_null()) out[key] = value.is_object() ? without_nulls(value) : value;
  }
  return out;
}

Result<Edits> service_edits(const Command& c) {
  auto settings = service_settings(c);
  if (!settings) return settings.error();
  const Json key = service_reference(*c.service);
  if (c.action == Action::edit_service) {
    return one("edit_service", {{"service", key}, {"set", *settings}});
  }
  Json service = key;
  service.update(without_nulls(*settings));
  return one("add_service", {{"lips", "later"}, {"service", service}});
}

/// IPVS's services have no mode: it is their first server's here, and only full NAT brings local addresses.
/// As in DPVS, such a server may come before the addresses that it is reached from.
Edits server_edits(const Command& c) {
  const Json settings = dest_settings(c);
  const Json service = service_reference(*c.service);
  const Json key = dest_reference(c);
  Json dest = key;
  dest.update(without_nulls(settings));
  const Json mode = "as_only_dest";
  Edits edits =
      c.action == Action::edit_server
          ? one("edit_dest", {{"service", service}, {"service_mode", mode}, {"dest", key}, {"set", settings}})
          : one("add_dest", {{"service", service}, {"service_mode", mode}, {"dest", dest}});
  if (c.forward == Forward::fullnat) edits.back()["lips"] = "later";
  return edits;
}

Edits timeout_edits(const Command& c) {
  const char* names[] = {"tcp_established", "tcp_fin_wait", "udp"};
  Json timeouts = Json::object();
  for (std::size_t i = 0; i < c.timeouts.size(); ++i) {
    if (c.timeouts[i] != 0) timeouts[names[i]] = c.timeouts[i];
  }
  return one("set_timeouts", {{"timeouts", timeouts}});
}

Edits lip_edits(const Command& c, const char* operation) {
  const Json addresses = Json::array({c.local_address->text()});
  return one(operation, {{"service", service_reference(*c.service)}, {"addresses", addresses}});
}

/// Words between blanks, without the program's name in front, up to one that begins a comment.
std::vector<std::string> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string> words;
  for (std::size_t begin = line.find_first_not_of(kBlanks);
       begin != std::string_view::npos && line[begin] != '#';) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    words.emplace_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
  if (!words.empty() && words.front().ends_with("ipvsadm")) words.erase(words.begin());
  return words;
}

/// One line's operations, put behind those of the lines before.
std::optional<ParseError> add_line(std::string_view line, std::size_t number, Edits& edits,
                                   std::vector<Script::Source>& sources) {
  const auto words = words_of(line);
  if (words.empty()) return std::nullopt;
  const auto command = parse_command(words);
  if (!command) return command.error();
  if (!is_edit(command->action)) {
    return ParseError{"only commands that change something belong here", kBadValue};
  }
  auto some = edits_of(*command);
  if (!some) return ParseError{some.error().message(), kBadValue};
  for (Json& edit : *some) {
    edits.push_back(std::move(edit));
    sources.push_back({number, *command});
  }
  return std::nullopt;
}

}  // namespace

bool is_edit(Action action) {
  switch (action) {
    case Action::add_service:
    case Action::edit_service:
    case Action::delete_service:
    case Action::clear:
    case Action::add_server:
    case Action::edit_server:
    case Action::delete_server:
    case Action::zero:
    case Action::set_timeouts:
    case Action::add_laddr:
    case Action::delete_laddr: return true;
    case Action::restore:
    case Action::save:
    case Action::list:
    case Action::list_laddr:
    case Action::help:
    case Action::version: return false;
  }
  return false;
}

Result<std::vector<Json>> edits_of(const Command& c) {
  switch (c.action) {
    case Action::add_service:
    case Action::edit_service: return service_edits(c);
    case Action::delete_service: return one("delete_service", {{"service", service_reference(*c.service)}});
    case Action::clear: return one("flush");
    case Action::add_server:
    case Action::edit_server: return server_edits(c);
    case Action::delete_server:
      return one("delete_dest", {{"service", service_reference(*c.service)}, {"dest", dest_reference(c)}});
    case Action::zero:
      if (!c.service) return one("zero");
      return one("zero", {{"service", service_reference(*c.service)}});
    case Action::set_timeouts: return timeout_edits(c);
    case Action::add_laddr: return lip_edits(c, "add_lips");
    case Action::delete_laddr: return lip_edits(c, "delete_lips");
    case Action::restore:
    case Action::save:
    case Action::list:
    case Action::list_laddr:
    case Action::help:
    case Action::version: return Edits{};
  }
  return Edits{};
}

ScriptResult read_script(std::string_view text) {
  Edits edits;
  ScriptResult result;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++number;
    if (auto error = add_line(text.substr(begin, end - begin), number, edits, result.script.sources); error) {
      result.error = ParseError{"line " + std::to_string(number) + ": " + error->text, error->code};
      return result;
    }
    begin = end + 1;
  }
  result.script.operations = Json(edits).dump();
  return result;
}

}  // namespace hvs::ipvs
