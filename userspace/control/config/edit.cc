// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/edit.h"

#include <utility>

#include "control/config/config_file.h"
#include "control/config/edit_json.h"
#include "control/config/editor.h"
#include "control/config/schema.h"
#include "control/config/validate.h"

namespace hvs {

using namespace config;

namespace {

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
  }
  EditedConfig edited;
  edited.operations = operations->size();
  for (const std::size_t index : editor.zeroed()) {
    const ServiceNode& service = editor.tree().services()[index];
    if (!service.gone) edited.zeroed.push_back(service.name());
  }
  const YamlNode root = editor.tree().take();
  Problems problems = Problems::of_operations();
  read_section(root, document_section(), Scope(problems), edited.config);
  validate(edited.config, root, problems);
  if (!problems.empty()) return summary_of(std::move(problems));
  return edited;
}

}  // namespace hvs
