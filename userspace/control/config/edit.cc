// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/edit.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/long_work.h"
#include "control/config/config_file.h"
#include "control/config/edit_json.h"
#include "control/config/editor.h"
#include "control/config/schema.h"
#include "control/config/validate.h"
#include "model/lip_use.h"

namespace hvs {

using namespace config;

namespace {

/// Dests may wait for their first local address; the last one is not taken from them.
std::optional<Error> taken_from_dests(const Config& edited,
                                      const std::set<std::pair<std::string, Family>>& shrunk) {
  if (shrunk.empty()) return std::nullopt;
  for (const LipPoolConfig& pool : edited.lip_pools) {
    for (const Family family : kFamilies) {
      if (!shrunk.contains({pool.name, family})) continue;
      for (const ServiceConfig& s : edited.services) {
        if (s.lip_pool != pool.name || !lacks_lips_of(s, pool, family)) continue;
        const std::string of = family == Family::ipv4 ? "IPv4" : "IPv6";
        return Error{"pool \"" + pool.name + "\" would have no " + of +
                         " address, which dests of service \"" + s.name + "\" need",
                     "the operations together", "Add another one first, or take these dests out"};
      }
    }
  }
  return std::nullopt;
}

Error summary_of(Problems problems) { return ConfigProblems{std::move(problems).errors()}.summary(); }

}  // namespace

Result<EditedConfig> edit_config(const Config& running, std::string_view json) {
  const auto operations = parse_operations(json);
  if (!operations) return operations.error();
  Editor editor(running);
  for (const YamlNode& operation : *operations) {
    if (auto done = editor.apply(operation); !done) {
      return Error{done.error().what, "operation " + std::to_string(operation.mark.line), done.error().fix};
    }
    LongWork::piece_done();
  }
  EditedConfig edited;
  edited.operations = operations->size();
  for (const std::size_t index : editor.zeroed()) {
    const ServiceNode& service = editor.tree().services()[index];
    if (!service.gone) edited.zeroed.push_back(service.name());
  }
  const YamlNode root = editor.tree().take();
  Problems problems = Problems::of_operations(root);
  read_section(root, document_section(), Scope(problems), edited.config);
  validate(edited.config, root, problems);
  if (!problems.empty()) return summary_of(std::move(problems));
  if (auto error = taken_from_dests(edited.config, editor.shrunk())) return *std::move(error);
  return edited;
}

}  // namespace hvs
