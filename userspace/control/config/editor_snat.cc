// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <utility>

#include "control/config/editor.h"
#include "control/config/utf8.h"

// Rules of mode snat, which are known by their names. Their order counts: the first that fits takes a flow.
namespace hvs::config {

namespace {

constexpr std::string_view kKey = "snat";

using Items = std::vector<YamlNode>;

Items::iterator find_rule(Items& rules, std::string_view name) {
  return std::find_if(rules.begin(), rules.end(), [&](const YamlNode& rule) {
    const YamlNode* own = rule.find("name");
    return own != nullptr && own->text == name;
  });
}

Items& rules_of(EditTree& tree) {
  YamlNode& root = tree.root();
  if (YamlNode* list = root.find(kKey); list == nullptr || list->kind != YamlNode::Kind::sequence)
    root.put(kKey, YamlNode::sequence({}));
  return root.find(kKey)->items;
}

/// The rule that `key` of the operation names.
Result<Items::iterator> named(Items& rules, const YamlNode& operation, std::string_view key) {
  const YamlNode& name = *operation.find(key);
  if (name.kind != YamlNode::Kind::scalar)
    return edit_error("`" + std::string(key) + "` is no name", "Write the name of a rule");
  const auto found = find_rule(rules, name.text);
  if (found == rules.end())
    return edit_error("there is no snat rule " + printable(name.text),
                      "Add it first, or see `hvsctl services`");
  return found;
}

}  // namespace

Result<void> Editor::add_snat(const YamlNode& operation) {
  YamlNode map = *operation.find("rule");
  if (map.kind != YamlNode::Kind::map)
    return edit_error("`rule` is no map", "Give it the settings of a rule of `snat`");
  Items& rules = rules_of(tree_);
  if (const YamlNode* name = map.find("name");
      name != nullptr && find_rule(rules, name->text) != rules.end()) {
    return edit_error("there is a snat rule " + printable(name->text) + " already",
                      "Edit it (edit_snat), or delete it first");
  }
  auto place = rules.end();
  if (operation.find("before") != nullptr) {
    const auto found = named(rules, operation, "before");
    if (!found) return found.error();
    place = *found;
  }
  rules.insert(place, std::move(map));
  return {};
}

Result<void> Editor::edit_snat(const YamlNode& operation) {
  const auto rule = named(rules_of(tree_), operation, "rule");
  if (!rule) return rule.error();
  const YamlNode& settings = *operation.find("set");
  if (settings.kind != YamlNode::Kind::map)
    return edit_error("`set` is no map", "Name settings and their values");
  if (settings.find("name") != nullptr)
    return edit_error("`name` cannot be edited", "Delete the rule and add another");
  merge(**rule, settings);
  (*rule)->mark = operation.mark;
  return {};
}

Result<void> Editor::delete_snat(const YamlNode& operation) {
  Items& rules = rules_of(tree_);
  const auto rule = named(rules, operation, "rule");
  if (!rule) return rule.error();
  rules.erase(*rule);
  return {};
}

}  // namespace hvs::config
