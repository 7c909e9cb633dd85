// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/validate.h"

#include "control/config/schema.h"
#include "control/config/validate_parts.h"
#include "control/config/values.h"
#include "model/port_owners.h"

namespace hvs::config {

namespace {

void validate_ports(const Config& config, const YamlNode& root, Problems& problems) {
  const YamlNode* list = whole_list(root, "ports", problems);
  if (list == nullptr) return;
  const Scope top(problems);
  const Scope scope = top.key("ports");
  if (list->items.empty()) scope.fail(*list, "the list is empty", "Name at least one port");
  UniqueNames names;
  UniqueNames devices;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    const Scope here = scope.item(i);
    if (problems.bad(item)) continue;
    const bool device = problems.usable(item, "device");
    if (device) devices.check(config.ports[i].device, item, "device", here);
    const bool named = item.find("name") != nullptr;
    // A default name is the device's; when that is taken, it was said above.
    if (named ? problems.usable(item, "name") : device && problems.usable(item, "device")) {
      names.check(config.ports[i].name, item, "name", here);
    }
  }
}

/// Pools may share an address if they give it the same ports: steer_lips has one range for it.
void collect_lips(const LipPoolConfig& pool, const YamlNode& item, const Scope& scope, LipOwners& owners) {
  const YamlNode* list = item.find("addresses");
  if (list == nullptr || list->kind != YamlNode::Kind::sequence || scope.problems().bad(*list)) return;
  const Scope addresses = scope.key("addresses");
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& node = list->items[i];
    if (scope.problems().bad(node)) continue;
    const auto range = parse_addresses(node.text, kMaxLips);
    if (!range) continue;
    for (const IpAddr& addr : *range) {
      const auto [owner, added] = owners.emplace(addr, &pool);
      if (added) continue;
      const LipPoolConfig& other = *owner->second;
      if (&other == &pool) {
        addresses.item(i).fail(node, addr.text() + " is in pool \"" + pool.name + "\" already",
                               "Name each address of a pool once");
        break;
      }
      if (other.port_low == pool.port_low && other.port_high == pool.port_high) continue;
      addresses.item(i).fail(node,
                             addr.text() + " is in pool \"" + other.name + "\" already, with ports " +
                                 port_range_text(other.port_low, other.port_high),
                             "Pools that share an address need the same `ports`");
      break;
    }
  }
}

void validate_pool_ports(const LipPoolConfig& pool, const YamlNode& item, const Config& config,
                         const Scope& scope) {
  const std::size_t ports = std::size_t{pool.port_high.value} - pool.port_low.value + 1;
  const std::size_t needed = std::size_t{kLipBlockPorts} * config.workers.count;
  if (ports >= needed || !scope.problems().usable(item, "ports")) return;
  scope.key("ports").fail(place(item, "ports"),
                          std::to_string(ports) + " ports are too few for " +
                              std::to_string(config.workers.count) +
                              (config.workers.count == 1 ? " worker" : " workers"),
                          "Each worker needs " + std::to_string(kLipBlockPorts) + ": name at least " +
                              std::to_string(needed) + " ports");
}

/// Only the pool that a service has for itself may wait for its addresses; others are a mistake.
void validate_empty_pool(const LipPoolConfig& pool, const YamlNode& item, const Config& config,
                         const Scope& scope) {
  const YamlNode* list = item.find("addresses");
  if (list == nullptr || list->kind != YamlNode::Kind::sequence || !list->items.empty()) return;
  const bool own = std::any_of(config.services.begin(), config.services.end(), [&](const ServiceConfig& s) {
    return s.name == pool.name && s.lip_pool == pool.name;
  });
  if (!own) scope.key("addresses").fail(*list, "the list is empty", "Name at least one address");
}

LipOwners validate_pools(const Config& config, const YamlNode& root, Problems& problems) {
  LipOwners owners;
  const YamlNode* list = whole_list(root, "lip_pools", problems);
  if (list == nullptr) return owners;
  const Scope top(problems);
  const Scope scope = top.key("lip_pools");
  UniqueNames names;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    const Scope here = scope.item(i);
    if (problems.bad(item)) continue;
    if (problems.usable(item, "name")) names.check(config.lip_pools[i].name, item, "name", here);
    collect_lips(config.lip_pools[i], item, here, owners);
    validate_empty_pool(config.lip_pools[i], item, config, here);
    validate_pool_ports(config.lip_pools[i], item, config, here);
  }
  if (owners.size() > kMaxLips) {
    scope.fail(*list, std::to_string(owners.size()) + " addresses in all",
               "At most " + std::to_string(kMaxLips) + " are possible");
  }
  return owners;
}

}  // namespace

void validate(const Config& config, const YamlNode& root, Problems& problems) {
  validate_ports(config, root, problems);
  const LipOwners lips = validate_pools(config, root, problems);
  validate_services(config, root, lips, problems);
  validate_snat(config, root, problems);
}

}  // namespace hvs::config
