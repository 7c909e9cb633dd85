// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "control/config/problems.h"
#include "model/config.h"

// What validate.cc, validate_addresses.cc and validate_services.cc share.
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

/// Who has which ports of the VIPs.
class Endpoints {
 public:
  /// False (with a problem) when another service has one of them, or there are too many.
  bool add(const ServiceConfig& s, const YamlNode& item, const Scope& scope);

 private:
  struct Owned {
    PortRange ports;
    const ServiceConfig* service = nullptr;
  };
  struct Ports {
    std::map<L4Port, Owned> singles;
    std::vector<Owned> ranges;
    std::optional<Owned> any;
  };
  static const Owned* taken(const Ports& taken, const PortRange& ports);

  std::map<std::pair<IpAddr, L4Proto>, Ports> vips_;
  std::size_t rows_ = 0;
};

/// A frame to a VIP's port would be taken for one to a local port, or the other way round.
void check_vips_are_no_lips(const ServiceConfig& s, const YamlNode& item, const LipOwners& lips,
                            const Scope& scope);

/// How many rows of steer_dests dests in mode nat take: each its own, and those of one address share one for
/// later fragments. Tunnels count as rows of their own, which they are at most.
[[nodiscard]] std::size_t steer_dest_rows(const Config& config);

/// Call it last: it looks at services and pools that are right.
void validate_snat(const Config& config, const YamlNode& root, Problems& problems);
void validate_services(const Config& config, const YamlNode& root, const LipOwners& lips, Problems& problems);

}  // namespace hvs::config
