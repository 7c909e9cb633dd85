// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <utility>

#include "control/config/editor.h"
#include "control/config/schema.h"
#include "control/config/values.h"

// Local addresses and timeouts. Services and dests are in editor.cc.
namespace hvs::config {

namespace {

Result<void> one_owner(const YamlNode& operation) {
  const bool service = operation.find("service") != nullptr;
  const bool pool = operation.find("pool") != nullptr;
  if (service != pool) return {};
  return edit_error(
      service ? "`service` and `pool` are given together" : "neither `service` nor `pool` is given",
      "Name the service whose own pool is meant, or the pool");
}

/// None of its own, as far as can be read: what is in force has all settings written out.
bool has_usual_ports(const YamlNode& pool) {
  const LipPoolConfig usual;
  const YamlNode* ports = pool.find("ports");
  return ports == nullptr || ports->text == port_range_text(usual.port_low, usual.port_high);
}

}  // namespace

/// The pool of a service that has none, when dests in mode fullnat need one: the common one. Without that
/// "lips": "later", which is the order of DPVS: such dests first, then what they are reached from. Until then
/// the service has a pool of its own without addresses.
Result<void> Editor::find_lips(const YamlNode& operation, ServiceNode& service, bool needed) {
  const YamlNode* lips = operation.find("lips");
  if (lips != nullptr && (lips->kind != YamlNode::Kind::scalar || lips->text != "later"))
    return edit_error("`lips` is not \"later\"", "Leave it out, if the service has local addresses");
  if (!needed || service.map.find("lip_pool") != nullptr) return {};
  const std::string common = service.key ? tree_.common_pool(service.key->vip.family) : std::string();
  if (common.empty() && lips == nullptr) return {};
  const std::string name = common.empty() ? service.name() : common;
  YamlNode changes = YamlNode::map();
  changes.put("lip_pool", YamlNode::scalar(name));
  changes.items.back().mark = operation.mark;
  tree_.change(service, changes);
  if (tree_.pool(name) != nullptr) return {};
  YamlNode map = YamlNode::map();
  map.put("name", YamlNode::scalar(name));
  map.put("addresses", address_list({}, operation.mark));
  map.mark = operation.mark;
  for (YamlNode& item : map.items) item.mark = operation.mark;
  tree_.add_pool(std::move(map));
  return {};
}

/// After an edit of a service whose own pool was `own`: while that waits for addresses, which only a
/// service's own pool may, it is renamed with the service; without any it goes when the service has another.
Result<void> Editor::take_pool_along(const ServiceNode& service, const std::string& own) {
  if (own.empty()) return {};
  const YamlNode* used = service.map.find("lip_pool");
  if (used == nullptr || used->text != own) {
    tree_.drop_empty_pool(own);
    return {};
  }
  const std::string name = service.name();
  if (name == own || !tree_.is_waiting(service, own)) return {};
  if (tree_.pool(name) != nullptr) {
    return edit_error("there is a pool " + name + " already, and the service's own pool waits for addresses",
                      "Choose another name, or add local addresses to the service first");
  }
  tree_.rename_pool(own, name);
  return {};
}

/// The addresses that the service's own pool begins with when it is made: those of the shared pool that the
/// connections to its dests come from, since adding takes nothing away. A service without such dests begins
/// with none.
Result<std::vector<IpAddr>> Editor::shared_lips(const ServiceNode& service,
                                                const std::vector<IpAddr>& added) {
  const YamlNode* name = service.map.find("lip_pool");
  if (name == nullptr || name->text == service.name() || !uses_lips(service)) return std::vector<IpAddr>{};
  const YamlNode* pool = tree_.pool(name->text);
  if (pool == nullptr) return std::vector<IpAddr>{};
  if (tree_.pool(service.name()) != nullptr) {
    return edit_error(
        "service " + service.name() + " uses pool " + name->text + ", and not the pool that has its own name",
        "Give it `lip_pool` " + service.name() + " first, or add to pool " + name->text);
  }
  std::vector<IpAddr> kept = addresses_of(*pool->find("addresses"));
  std::erase_if(kept, [&](const IpAddr& a) { return !uses_lips_of(service, a.family); });
  const auto twice = std::find_first_of(kept.begin(), kept.end(), added.begin(), added.end());
  if (twice == kept.end()) return kept;
  return edit_error(
      "service " + service.name() + " has " + twice->text() + " already, from pool " + name->text,
      "Add other addresses, which then join those of that pool");
}

/// "pool" names a pool; "service" means the service's own, which has its name and is made when it is missing.
Result<YamlNode*> Editor::pool_to_grow(const YamlNode& operation, const std::vector<IpAddr>& added) {
  std::string name;
  std::vector<IpAddr> first;
  // Pools that share an address share its ports.
  const YamlNode* ports = nullptr;
  if (operation.find("service") != nullptr) {
    const auto service = service_of(operation);
    if (!service) return service.error();
    const auto kept = shared_lips(**service, added);
    if (!kept) return kept.error();
    first = *kept;
    ports = tree_.ports_with(first);
    name = (*service)->name();
    YamlNode changes = YamlNode::map();
    changes.put("lip_pool", YamlNode::scalar(name));
    changes.items.back().mark = operation.mark;
    tree_.change(**service, changes);
  } else {
    name = operation.find("pool")->text;
  }
  if (YamlNode* pool = tree_.pool(name); pool != nullptr) {
    const YamlNode* shared = has_usual_ports(*pool) ? tree_.ports_with(added) : nullptr;
    if (shared == nullptr || !addresses_of(*pool->find("addresses")).empty()) return pool;
    YamlNode taken = *shared;
    pool->drop("ports");
    pool->put("ports", std::move(taken));
    return pool;
  }
  YamlNode map = YamlNode::map();
  map.put("name", YamlNode::scalar(name));
  map.put("addresses", address_list(first, operation.mark));
  if (ports == nullptr) ports = tree_.ports_with(added);
  if (ports != nullptr) map.put("ports", *ports);
  map.mark = operation.mark;
  for (YamlNode& item : map.items) item.mark = operation.mark;
  return &tree_.add_pool(std::move(map));
}

Result<void> Editor::add_lips(const YamlNode& operation) {
  if (auto done = one_owner(operation); !done) return done;
  const YamlNode& added = *operation.find("addresses");
  if (added.kind == YamlNode::Kind::sequence && added.items.empty())
    return edit_error("`addresses` is empty", "Name at least one address");
  const auto pool = pool_to_grow(operation, addresses_of(added));
  if (!pool) return pool.error();
  YamlNode& list = *(*pool)->find("addresses");
  if (added.kind != YamlNode::Kind::sequence) {
    list = added;  // for the loader to say what is wrong with it
  } else {
    list.items.insert(list.items.end(), added.items.begin(), added.items.end());
  }
  if (const YamlNode* ports = operation.find("ports"); ports != nullptr) {
    (*pool)->drop("ports");
    (*pool)->put("ports", *ports);
  }
  return {};
}

Result<void> Editor::delete_lips(const YamlNode& operation) {
  if (auto done = one_owner(operation); !done) return done;
  ServiceNode* owner = nullptr;
  if (operation.find("service") != nullptr) {
    const auto service = service_of(operation);
    if (!service) return service.error();
    owner = *service;
  }
  const std::string name = owner != nullptr ? owner->name() : operation.find("pool")->text;
  YamlNode* pool = tree_.pool(name);
  if (pool == nullptr) {
    return edit_error(owner != nullptr ? "service " + name + " has no local addresses of its own"
                                       : "there is no pool " + name,
                      "See `lip_pools` of `hvsctl config show`");
  }
  YamlNode& list = *pool->find("addresses");
  auto left = addresses_of(list);
  const YamlNode& going = *operation.find("addresses");
  if (going.kind != YamlNode::Kind::sequence)
    return edit_error("`addresses` is no list", "Write for example [\"10.20.0.10\"]");
  for (const YamlNode& item : going.items) {
    const auto gone = parse_addresses(item.text, kMaxLips);
    if (!gone) return edit_error(gone.error().what, gone.error().fix);
    for (const IpAddr& address : *gone) {
      if (std::erase(left, address) == 0) {
        return edit_error("pool " + name + " has no address " + address.text(),
                          "See `lip_pools` of `hvsctl config show`");
      }
      shrunk_.emplace(name, address.family);
    }
  }
  if (!left.empty()) {
    list = address_list(left, operation.mark);
    return {};
  }
  tree_.drop_pool(name);
  if (owner == nullptr || !owner->key) return {};
  const std::string common = uses_lips(*owner) ? tree_.common_pool(owner->key->vip.family)
                                               : std::string();  // else found when needed
  YamlNode changes = YamlNode::map();
  changes.put("lip_pool", common.empty() ? YamlNode{} : YamlNode::scalar(common));
  tree_.change(*owner, changes);
  return {};
}

Result<void> Editor::set_timeouts(const YamlNode& operation) {
  const YamlNode& changes = *operation.find("timeouts");
  if (changes.kind != YamlNode::Kind::map)
    return edit_error("`timeouts` is no map", "Name timeouts and seconds");
  if (tree_.root().find("timeouts") == nullptr) tree_.root().put("timeouts", YamlNode::map());
  merge(*tree_.root().find("timeouts"), changes);
  return {};
}

}  // namespace hvs::config
