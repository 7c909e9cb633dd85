// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <utility>

#include "control/config/edit_tree.h"

// Pools that services have for themselves, while these are renamed, moved and removed.
namespace hvs::config {

namespace {

bool names_pool(const YamlNode& map, std::string_view name) {
  const YamlNode* pool = map.find("lip_pool");
  return pool != nullptr && pool->text == name;
}

YamlNode with_pool(YamlNode pool) {
  YamlNode changes = YamlNode::map();
  changes.put("lip_pool", std::move(pool));
  return changes;
}

}  // namespace

std::string EditTree::own_pool_of(const ServiceNode& service) {
  const std::string name = service.name();
  return names_pool(service.map, name) && pool(name) != nullptr ? name : std::string();
}

bool EditTree::is_waiting(const ServiceNode& service, std::string_view pool_name) {
  const auto addresses = addresses_of(*pool(pool_name)->find("addresses"));
  return addresses.empty() || std::any_of(kFamilies.begin(), kFamilies.end(), [&](Family family) {
           return uses_lips_of(service, family) &&
                  std::none_of(addresses.begin(), addresses.end(),
                               [&](const IpAddr& a) { return a.family == family; });
         });
}

void EditTree::rename_pool(const std::string& from, const std::string& to) {
  pool(from)->find("name")->text = to;
  for (ServiceNode& service : services_) {
    if (!service.gone && names_pool(service.map, from)) change(service, with_pool(YamlNode::scalar(to)));
  }
}

/// A pool without addresses is the one that a service waits with. Others that named it go on waiting, each
/// with one of its own.
bool EditTree::drop_empty_pool(const std::string& name) {
  const YamlNode* found = pool(name);
  if (found == nullptr || snat_pool(name)) return false;
  const YamlNode& list = *found->find("addresses");
  if (list.kind != YamlNode::Kind::sequence || !list.items.empty()) return false;
  YamlNode empty = *found;
  drop_pool(name);
  for (ServiceNode& service : services_) {
    if (service.gone || !names_pool(service.map, name)) continue;
    const bool waits = uses_lips(service);
    change(service, with_pool(waits ? YamlNode::scalar(service.name()) : YamlNode{}));
    if (!waits || pool(service.name()) != nullptr) continue;
    empty.find("name")->text = service.name();
    add_pool(empty);
  }
  return true;
}

}  // namespace hvs::config
