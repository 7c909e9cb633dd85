// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/ipvsadm/app.h"

#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "control/config/plan_dests.h"
#include "tools/hvsctl/client.h"
#include "tools/hvsctl/instances.h"
#include "tools/hvsctl/tables.h"
#include "tools/ipvsadm/addresses.h"
#include "tools/ipvsadm/edits.h"
#include "tools/ipvsadm/listing.h"
#include "tools/ipvsadm/port_names.h"
#include "tools/ipvsadm/table.h"
#include "tools/ipvsadm/words.h"

namespace hvs::ipvs {

namespace {

using ctl::ApiClient;

struct Failure {
  Error error;
  ExitCode code = kRefused;
};
using Outcome = std::optional<Failure>;

/// The daemon that a command is for; it is asked anew for each request.
class Target {
 public:
  explicit Target(std::string socket) : socket_(std::move(socket)) {}

  Result<std::string> get(const std::string& resource) const {
    return ask([&](ApiClient& client) { return client.request("GET", resource); });
  }
  Result<std::string> post(const std::string& resource, const std::string& body) const {
    return ask([&](ApiClient& client) { return client.request("POST", resource, body); });
  }
  Result<void> lines(const std::string& resource,
                     const std::function<bool(std::string_view)>& on_line) const {
    const auto done = ask([&](ApiClient& client) { return client.lines(resource, on_line); });
    return done ? Result<void>() : Result<void>(done.error());
  }

 private:
  template <typename Exchange>
  Result<std::string> ask(Exchange exchange) const {
    const auto client = ApiClient::connect(socket_);
    if (!client) return client.error();
    auto reply = exchange(**client);
    if (!reply) return reply.error();
    if (reply->status != 200) return ctl::api_error(reply->status, reply->body);
    return std::move(reply->body);
  }
  std::string socket_;
};

Result<VirtualTable> table_of(const Target& target, const Command& command) {
  const auto config = target.get("/v1/config");
  if (!config) return config.error();
  const auto services = target.get("/v1/services");
  if (!services) return services.error();
  const auto dests = target.get("/v1/dests");
  if (!dests) return dests.error();
  auto table = read_table(*config, *services, *dests);
  if (!table) return table;
  if (command.format.sort) table->sort();
  if (!command.service) return table;
  const ServiceAddress& wanted = *command.service;
  std::erase_if(table->rows, [&](const ServiceRow& row) {
    return !(row.config.protocol == wanted.protocol && row.config.vip == wanted.address &&
             ports_of(row.config).front() == wanted.port);
  });
  return table;
}

Outcome no_such_service(const Command& command) {
  return Failure{{"there is no service " + std::string(name_of(command.service->protocol)) + " " +
                      endpoint_text(command.service->address, command.service->port.text()),
                  {},
                  "hvs-ipvsadm -Ln lists them"},
                 kNotFound};
}

Outcome list_connections(const Target& target, const Format& format, std::FILE* out) {
  std::fputs(connections_heading(format.persistent).c_str(), out);
  struct Rows {
    const char* resource;
    Result<std::string> (*to_text)(std::string_view line, bool numeric);
  };
  for (const Rows& rows : {Rows{"/v1/conns", connection_line}, Rows{"/v1/templates", template_line}}) {
    Result<void> bad;
    const auto done = target.lines(rows.resource, [&](std::string_view line) {
      const auto text = rows.to_text(line, format.numeric);
      if (!text) {
        bad = text.error();
        return false;
      }
      return std::fputs(text->c_str(), out) >= 0;
    });
    if (!done) return Failure{done.error()};
    if (!bad) return Failure{bad.error()};
  }
  return std::nullopt;
}

/// Counts what comes from each local address, service by service.
Result<std::map<std::string, LipUse>> lip_use(const Target& target) {
  std::map<std::string, LipUse> use;
  const auto done = target.lines("/v1/conns", [&](std::string_view line) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) return false;
    const std::string text = json.value("lip", "");
    if (text.empty()) return true;  // its mode has none
    const auto lip = parse_host_port(text, L4Proto::tcp);
    if (lip) ++use[json.value("service", "")][lip->host];
    return true;
  });
  if (!done) return done.error();
  return use;
}

Outcome list(const Target& target, const Command& command, std::FILE* out) {
  if (command.action == Action::list && command.format.connections && !command.service) {
    return list_connections(target, command.format, out);
  }
  if (command.format.connections) {
    return Failure{{"-c shows the connections of all services", {}, "Try hvsctl conns --service NAME"},
                   kBadValue};
  }
  const auto table = table_of(target, command);
  if (!table) return Failure{table.error()};
  if (command.service && table->rows.empty()) return no_such_service(command);
  std::string text;
  if (command.action == Action::save) {
    text = save_text(*table, command.format.numeric);
  } else if (command.action == Action::list_laddr) {
    const auto use = lip_use(target);
    if (!use) return Failure{use.error()};
    text = local_address_text(*table, *use, command.format.numeric);
  } else if (command.format.timeout) {
    text = timeout_text(table->config.timeouts);
  } else {
    Format format = command.format;
    format.one_service = command.service.has_value();
    text = list_text(*table, format);
  }
  if (std::fputs(text.c_str(), out) < 0 || std::fflush(out) != 0) {
    return Failure{{"cannot write", "standard output", ""}};
  }
  return std::nullopt;
}

/// What the daemon did, but thinks unwise, as lines of the answer. A service that was just added gets its
/// servers by the commands that follow.
void show_warnings(const std::string& answer, std::FILE* err, bool added_service = false) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("warnings")) return;
  for (const auto& line : json["warnings"]) {
    if (!line.is_string()) continue;
    const auto text = line.get<std::string>();
    if (added_service && text.find(kTakesNoConnections) != std::string::npos) continue;
    std::fprintf(err, "hvs-ipvsadm: warning: %s\n", text.c_str());
  }
}

/// The ports that commands name are there. Ports come and go with the daemon, not with edits.
Outcome check_ports(const Target& target, const std::vector<Script::Source>& sources) {
  std::optional<std::string> ports;
  for (const auto& [line, command] : sources) {
    if (!command.port_name) continue;
    if (!ports) {
      auto answer = target.get("/v1/ports");
      if (!answer) return Failure{answer.error()};
      ports = std::move(*answer);
    }
    if (const auto known = check_port_name(*command.port_name, *ports); !known) {
      Error error = known.error();
      if (line != 0) error.where = "line " + std::to_string(line);
      return Failure{std::move(error), kBadValue};
    }
  }
  return std::nullopt;
}

Outcome edit(const Target& target, const Command& command, std::FILE* err) {
  if (auto failure = check_ports(target, {{0, command}}); failure) return failure;
  const auto edits = edits_of(command);
  if (!edits) return Failure{edits.error(), kBadValue};
  const auto done = target.post("/v1/config/edit", nlohmann::ordered_json(*edits).dump());
  if (done) {
    show_warnings(*done, err, command.action == Action::add_service);
    return std::nullopt;
  }
  Error error = done.error();
  if (error.where.starts_with("operation ")) {  // there is only one
    error = in_words_of(command, error);
    error.where.clear();
  }
  return Failure{std::move(error)};
}

Outcome restore(const Target& target, std::istream& in, std::FILE* err) {
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const ScriptResult read = read_script(text);
  if (read.error) return Failure{{read.error->text + "; nothing was changed", {}, ""}, read.error->code};
  if (auto failure = check_ports(target, read.script.sources); failure) {
    failure->error.what += "; nothing was changed";
    return failure;
  }
  const auto done = target.post("/v1/config/edit", read.script.operations);
  if (done) {
    show_warnings(*done, err);
    return std::nullopt;
  }
  Error error = in_terms_of_lines(read.script, done.error());
  error.what += "; nothing was changed";
  return Failure{std::move(error)};
}

Outcome perform(const Target& target, const Command& command, std::istream& in, std::FILE* out,
                std::FILE* err) {
  if (is_edit(command.action)) return edit(target, command, err);
  if (command.action == Action::restore) return restore(target, in, err);
  return list(target, command, out);
}

/// Which daemon: --instance, else the environment, else the only one.
Result<Target> find_target(const std::optional<std::string>& instance) {
  const auto socket = ctl::find_socket(instance);
  if (!socket) return socket.error();
  if (auto client = ApiClient::connect(*socket); !client) return client.error();
  return Target(*socket);
}

ExitCode complain(std::FILE* err, const std::string& text, ExitCode code) {
  std::fprintf(err, "hvs-ipvsadm: %s\n", text.c_str());
  return code;
}

}  // namespace

ExitCode run(std::vector<std::string> arguments, std::istream& in, std::FILE* out, std::FILE* err) {
  auto instance = take_instance(arguments);
  if (!instance) return complain(err, instance.error().message(), kBadValue);
  const auto command = parse_command(arguments);
  if (!command) return complain(err, command.error().text, command.error().code);
  if (command->action == Action::help) {
    std::fputs(usage().c_str(), out);
    return kOk;
  }
  if (command->action == Action::version) {
    std::fputs("hvs-ipvsadm " HVS_VERSION " (speaks as ipvsadm v1.31)\n", out);
    return kOk;
  }
  const auto target = find_target(*instance);
  if (!target) return complain(err, target.error().message(), kBadValue);
  if (const auto failure = perform(*target, *command, in, out, err); failure) {
    return complain(err, failure->error.message(), failure->code);
  }
  return kOk;
}

}  // namespace hvs::ipvs
