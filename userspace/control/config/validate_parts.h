// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "control/config/problems.h"
#include "control/config/suggest.h"
#include "model/config.h"

// What validate.cc and validate_services.cc share.
namespace hvs::config {

/// The list `key` of the root, when all of it was read (its items then match the Config's, one to one).
inline const YamlNode* whole_list(const YamlNode& root, std::string_view key, const Problems& problems) {
  const YamlNode* list = root.find(key);
  return list != nullptr && list->kind == YamlNode::Kind::sequence && !problems.bad(*list) ? list : nullptr;
}

/// Where a problem with `key` is shown: at its value, or at the map when the value is a default.
inline const YamlNode& place(const YamlNode& map, std::string_view key) {
  const YamlNode* value = map.find(key);
  return value == nullptr ? map : *value;
}

/// Refuses the second item of a list with the same name.
class UniqueNames {
 public:
  void check(const std::string& name, const YamlNode& item, std::string_view key, const Scope& scope) {
    const YamlNode& node = place(item, key);
    const auto [first, added] = seen_.emplace(name, node.mark);
    if (added) return;
    scope.key(key).fail(node, "\"" + name + "\" is taken",
                        "It is " + scope.problems().there(first->second) + " already and must be unique");
  }

 private:
  std::unordered_map<std::string, Mark> seen_;
};

/// Which pool holds an address.
using LipOwners = std::unordered_map<IpAddr, const LipPoolConfig*>;

void validate_services(const Config& config, const YamlNode& root, const LipOwners& lips, Problems& problems);

}  // namespace hvs::config
