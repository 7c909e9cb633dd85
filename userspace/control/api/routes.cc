// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/api/routes.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "control/api/json.h"
#include "control/api/metrics.h"
#include "control/api/query.h"

namespace hvs {
namespace {

constexpr std::string_view kYamlType = "application/yaml";
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

template <typename View>
Action json_reply(const Result<View>& view) {
  if (!view) return error_reply(500, view.error());
  return Reply{200, kJsonType, json_text(*view) + "\n", {}};
}

Error no_service(const std::string& name) {
  return {"there is no service '" + name + "'", "query parameter 'service'", "GET /v1/services lists them"};
}

Action status(ControlBackend& backend, const Target&) { return json_reply(backend.status()); }
Action services(ControlBackend& backend, const Target&) { return json_reply(backend.services()); }
Action drops(ControlBackend& backend, const Target&) { return json_reply(backend.drops()); }
Action ports(ControlBackend& backend, const Target&) { return json_reply(backend.ports()); }
Action workers(ControlBackend& backend, const Target&) { return json_reply(backend.workers()); }
Action reload(ControlBackend&, const Target&) { return Reload{}; }
Action edit(ControlBackend&, const Target&) { return Edit{}; }

Action dests(ControlBackend& backend, const Target& target) {
  const std::string* service = target.find("service");
  if (service == nullptr) return json_reply(backend.dests(std::nullopt));
  if (!backend.service_slot(*service)) return error_reply(404, no_service(*service));
  return json_reply(backend.dests(*service));
}

Action config(ControlBackend& backend, const Target&) {
  auto text = backend.config_yaml();
  if (!text) return error_reply(500, text.error());
  return Reply{200, kYamlType, std::move(*text), {}};
}

/// 422: the request was understood; it is the file, or an operation, that was not accepted.
template <typename View>
Reply verdict_reply(const Result<View>& result) {
  if (!result) return error_reply(422, result.error());
  return {200, kJsonType, json_text(*result) + "\n", {}};
}

Action config_diff(ControlBackend& backend, const Target&) { return verdict_reply(backend.config_diff()); }

Action metrics(ControlBackend& backend, const Target&) {
  auto text = metrics_text(backend);
  if (!text) return error_reply(500, text.error());
  return Reply{200, kMetricsType, std::move(*text), {}};
}

using StartScan = Result<std::unique_ptr<ConnScan>> (ControlBackend::*)(const ConnQuery&);

template <typename Kind, StartScan start = &ControlBackend::scan_conns>
Action scan(ControlBackend& backend, const Target& target) {
  auto params = parse_conn_params(target);
  if (!params) return error_reply(400, params.error());
  params->query.count_only = std::is_same_v<Kind, CountConns>;
  if (params->service) {
    params->query.filter.service = backend.service_slot(*params->service);
    if (!params->query.filter.service) return error_reply(404, no_service(*params->service));
  }
  auto started = (backend.*start)(params->query);
  if (!started) return error_reply(500, started.error());
  return Kind{std::move(*started)};
}

struct Route {
  std::string_view method;
  std::string_view path;
  std::vector<std::string_view> keys;
  Action (*act)(ControlBackend&, const Target&);
};

const std::array kRoutes = {
    Route{"GET", "/v1/status", {}, status},
    Route{"GET", "/v1/services", {}, services},
    Route{"GET", "/v1/dests", {"service"}, dests},
    Route{"GET", "/v1/conns", {"service", "client", "dest", "proto", "limit"}, scan<StreamConns>},
    Route{"GET", "/v1/conns/count", {"service", "client", "dest", "proto"}, scan<CountConns>},
    Route{"GET",
          "/v1/templates",
          {"service", "client", "dest", "proto", "limit"},
          scan<StreamConns, &ControlBackend::scan_templates>},
    Route{"GET", "/v1/drops", {}, drops},
    Route{"GET", "/v1/ports", {}, ports},
    Route{"GET", "/v1/workers", {}, workers},
    Route{"GET", "/v1/config", {}, config},
    Route{"GET", "/v1/config/diff", {}, config_diff},
    Route{"POST", "/v1/config/edit", {}, edit},
    Route{"POST", "/v1/reload", {}, reload},
    Route{"GET", "/metrics", {}, metrics},
};

Reply not_found(const std::string& path) {
  std::string fix = "there are:";
  for (const Route& known : kRoutes)
    fix += (&known == &kRoutes.front() ? " " : ", ") + std::string(known.path);
  return error_reply(404, {"no such resource", path, fix});
}

/// The route of a request, or why there is none.
struct Routed {
  const Route* route = nullptr;
  Target target;
  std::optional<Reply> refused;
};

Routed look_up(std::string_view method, std::string_view text) {
  auto target = parse_target(text);
  if (!target) return {nullptr, {}, error_reply(400, target.error())};
  for (const Route& known : kRoutes) {
    if (known.path != target->path) continue;
    if (known.method != method) {
      Reply reply = error_reply(405, {"method " + std::string(method) + " is not allowed here", target->path,
                                      "use " + std::string(known.method)});
      reply.allow = known.method;
      return {nullptr, {}, std::move(reply)};
    }
    if (auto keys = check_keys(*target, known.keys); !keys)
      return {nullptr, {}, error_reply(400, keys.error())};
    return {&known, std::move(*target), std::nullopt};
  }
  return {nullptr, {}, not_found(target->path)};
}

}  // namespace

Action route(ControlBackend& backend, std::string_view method, std::string_view text) {
  Routed routed = look_up(method, text);
  if (routed.refused) return std::move(*routed.refused);
  return routed.route->act(backend, routed.target);
}

std::optional<Reply> refusal(std::string_view method, std::string_view text) {
  return look_up(method, text).refused;
}

Reply error_reply(unsigned status, const Error& error) {
  return {status, kJsonType, json_error(error) + "\n", {}};
}

Reply count_reply(const ConnScanSummary& summary) {
  return {200, kJsonType, "{\"connections\":" + std::to_string(summary.matched) + "}\n", {}};
}

Reply reload_reply(const Result<ReloadView>& result) { return verdict_reply(result); }

Reply edit_reply(const Result<EditView>& result) { return verdict_reply(result); }

}  // namespace hvs
