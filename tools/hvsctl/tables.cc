// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/tables.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tools/hvsctl/shapes.h"
#include "tools/hvsctl/units.h"

namespace hvs::ctl {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<std::string>;

Error not_understood(std::string_view text) {
  return {"answer of the daemon not understood: " + std::string(text.substr(0, 100)), "",
          "do hvsctl and hvsd have the same version? see: hvsctl status --json"};
}

Json parse(std::string_view text) { return Json::parse(text, nullptr, /*allow_exceptions=*/false); }

Result<void> print_status(const Json& json, const Style& style, const Table::Write& write) {
  const Row r(json, style);
  const auto line = [&](const char* title, const std::string& text) {
    write(std::string(title) + std::string(13 - std::char_traits<char>::length(title), ' ') + text + "\n");
  };
  line("instance", r.text("instance") + " (" + r.text("state") + ")");
  line("version", r.text("version"));
  line("process", r.text("pid") + ", up " + human_duration(r.number("uptime_s")));
  line("config", r.text("config_file") + ", generation " + r.text("generation"));
  line("workers", r.text("workers"));
  line("ports", r.text("ports"));
  line("services", r.text("services"));
  line("connections", r.count("connections") + " of " + r.count("connections_max"));
  line("unowned", r.count("unowned/steered_packets") + " steered, " + r.count("unowned/passed_packets") +
                      " passed, " + r.count("unowned/held_packets") + " held");
  line("local ports", r.text("local_ports"));
  line("bpf maps", r.text("bpf_dir"));
  return {};
}

Result<void> print_list(const Shape& shape, const Json& json, const Style& style, bool zero_rows,
                        const Table::Write& write) {
  if (!json.is_array()) return not_understood(json.dump());
  Table table(shape.columns, shape.empty_text, write);
  for (const Json& object : json) {
    const Row row(object, style);
    if (zero_rows || row.number("packets") > 0) table.add(shape.cells(row));
  }
  table.finish();
  return {};
}

}  // namespace

Result<void> print_listing(Listing what, std::string_view text, const Style& style,
                           const Table::Write& write) {
  const Json json = parse(text);
  if (json.is_discarded()) return not_understood(text);
  switch (what) {
    case Listing::status:
      return json.is_object() ? print_status(json, style, write) : Result<void>(not_understood(text));
    case Listing::services: return print_list(service_shape(), json, style, true, write);
    case Listing::dests: return print_list(dest_shape(), json, style, true, write);
    case Listing::drops: return print_list(drop_shape(), json, style, style.all_drops, write);
    case Listing::ports: return print_list(port_shape(), json, style, true, write);
    case Listing::workers: return print_list(worker_shape(), json, style, true, write);
  }
  return {};
}

std::vector<Column> conn_columns() {
  return {{"PROTO"},
          {"MODE"},
          {"CLIENT"},
          {"VIP"},
          {"LIP"},
          {"DEST"},
          {"STATE"},
          {"IDLE", Align::right},
          {"EXPIRES", Align::right},
          {"SERVICE"},
          {"WORKER", Align::right}};
}

Result<std::vector<std::string>> conn_cells(std::string_view json_line) {
  const Json json = parse(json_line);
  if (!json.is_object()) return not_understood(json_line);
  const Style style;
  const Row r(json, style);
  return Cells{r.text("protocol"),
               r.text("mode"),
               r.text("client"),
               r.text("vip"),
               r.text("lip"),
               r.text("dest"),
               r.text("state"),
               seconds_text(r.number("idle_ms")),
               seconds_text(r.number("expires_ms")),
               r.text("service"),
               r.text("worker")};
}

namespace {

/// Lines that say what changes; false: there are none.
bool print_lines(const Json& json, const char* key, const std::string& indent, const Table::Write& write) {
  const auto lines = json.find(key);
  if (lines == json.end() || !lines->is_array()) return false;
  for (const Json& line : *lines) {
    write(indent + (line.is_string() ? line.get<std::string>() : line.dump()) + "\n");
  }
  return !lines->empty();
}

}  // namespace

Result<void> print_reload(std::string_view text, const Table::Write& write) {
  const Json json = parse(text);
  if (!json.is_object()) return not_understood(text);
  const Style style;
  write("reloaded, generation " + Row(json, style).text("generation") + "\n");
  const bool changed = print_lines(json, "changes", "  ", write);
  const bool undone = print_lines(json, "undone", "  edit undone, which was not saved to the file: ", write);
  if (!changed && !undone) write("  nothing has changed\n");
  print_lines(json, "warnings", "  warning: ", write);
  return {};
}

Result<void> print_edit(std::string_view text, const Table::Write& write) {
  const Json json = parse(text);
  if (!json.is_object()) return not_understood(text);
  const Style style;
  write("in force, generation " + Row(json, style).text("generation") + "\n");
  if (!print_lines(json, "changes", "  ", write)) write("  nothing has changed\n");
  print_lines(json, "warnings", "  warning: ", write);
  return {};
}

Result<void> print_diff(std::string_view text, const Table::Write& write) {
  const Json json = parse(text);
  if (!json.is_object()) return not_understood(text);
  const bool changes = print_lines(json, "changes", "", write);
  const bool undone = print_lines(json, "undone", "a reload undoes this edit: ", write);
  if (!changes && !undone) write("the file says what is in force\n");
  const auto reloadable = json.find("reloadable");
  if (reloadable != json.end() && *reloadable == false) {
    write("a reload will be refused: restart the daemon, or take the changes back that need it\n");
  }
  return {};
}

Result<std::string> config_file_of(std::string_view text) {
  const Json json = parse(text);
  const auto file = json.is_object() ? json.find("config_file") : json.end();
  if (!json.is_object() || file == json.end() || !file->is_string()) return not_understood(text);
  return file->get<std::string>();
}

Result<std::vector<std::string>> unloaded_changes(std::string_view text) {
  const Json json = parse(text);
  const auto changes = json.is_object() ? json.find("changes") : json.end();
  if (!json.is_object() || changes == json.end() || !changes->is_array()) return not_understood(text);
  std::vector<std::string> lines;
  for (const Json& line : *changes) {
    if (line.is_string()) lines.push_back(line.get<std::string>());
  }
  return lines;
}

Result<std::string> count_text(std::string_view text, const Style& style) {
  const Json json = parse(text);
  if (!json.is_object()) return not_understood(text);
  return Row(json, style).count("connections") + "\n";
}

Error api_error(unsigned status, std::string_view body) {
  const Json json = parse(body);
  const auto error = json.is_object() ? json.find("error") : json.end();
  if (error == json.end() || !error->is_object()) {
    return {
        "the daemon answered with status " + std::to_string(status) + ": " + std::string(body.substr(0, 200)),
        "", ""};
  }
  const auto part = [&](const char* key) {
    const auto it = error->find(key);
    return it != error->end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  return {part("what"), part("where"), part("fix")};
}

}  // namespace hvs::ctl
