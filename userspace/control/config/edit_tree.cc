// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/edit_tree.h"

#include <algorithm>
#include <utility>

#include "control/config/schema.h"
#include "control/config/schema_addresses.h"
#include "control/config/values.h"

namespace hvs::config {

namespace {

std::optional<L4Port> port_of(const YamlNode* node) {
  if (node == nullptr || node->kind != YamlNode::Kind::scalar) return std::nullopt;
  const auto value = parse_integer(node->text);
  if (!value || *value == 0 || *value > 65535) return std::nullopt;
  return L4Port{static_cast<std::uint16_t>(*value)};
}

/// Of a service: the first of its ports, which a list may name anywhere.
std::optional<PortRange> service_port_of(const YamlNode* node) {
  if (node == nullptr) return std::nullopt;
  if (node->kind == YamlNode::Kind::sequence) {
    std::optional<PortRange> first;
    for (const YamlNode& item : node->items) {
      const auto range = service_port_of(&item);
      if (!range || item.kind == YamlNode::Kind::sequence) return std::nullopt;
      if (!first || *range < *first) first = range;
    }
    return first;
  }
  if (node->kind != YamlNode::Kind::scalar) return std::nullopt;
  const auto range = parse_service_port(node->text);
  return range ? std::optional(*range) : std::nullopt;
}

/// What a dest has that names none.
std::optional<L4Port> usual_dest_port(const YamlNode* service_port) {
  const auto range = service_port_of(service_port);
  if (!range) return std::nullopt;
  const bool several = service_port->kind == YamlNode::Kind::sequence && service_port->items.size() > 1;
  return range->single() && !several ? range->low : L4Port{};
}

std::optional<IpAddr> address_of(const YamlNode* node) {
  if (node == nullptr || node->kind != YamlNode::Kind::scalar) return std::nullopt;
  return IpAddr::parse(node->text);
}

std::optional<IpAddr> first_vip_of(const YamlNode& map) {
  const YamlNode* list = map.find("vips");
  if (list == nullptr) return address_of(map.find("vip"));
  if (list->kind != YamlNode::Kind::sequence || list->items.empty()) return std::nullopt;
  const auto first = parse_addresses(list->items.front().text, kMaxServiceVips);
  return first ? std::optional(first->front()) : std::nullopt;
}

std::string text_at(const YamlNode& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  return node == nullptr ? std::string() : node->text;
}

YamlNode take_list(YamlNode& map, std::string_view key) {
  YamlNode list = YamlNode::sequence({});
  if (YamlNode* found = map.find(key); found != nullptr) list = std::move(*found);
  map.drop(key);
  return list;
}

}  // namespace

std::string ServiceKey::text() const {
  return std::string(name_of(protocol)) + " " + endpoint_text(vip, port.text());
}

std::string DestKey::text() const { return port.value == 0 ? address.text() : address.text(port.value); }

std::optional<ServiceKey> service_key_of(const YamlNode& map) {
  const auto vip = first_vip_of(map);
  const auto port = service_port_of(map.find("port"));
  const YamlNode* word = map.find("protocol");
  const auto protocol = word == nullptr ? L4Proto::tcp : parse_name<L4Proto>(word->text);
  if (!vip || !port || !protocol) return std::nullopt;
  return ServiceKey{*vip, *protocol, *port};
}

std::optional<DestKey> dest_key_of(const YamlNode& map, const YamlNode* port) {
  const auto address = address_of(map.find("address"));
  const YamlNode* own = map.find("port");
  const bool usual = own == nullptr || own->text == "0";
  const auto number = usual ? usual_dest_port(port) : port_of(own);
  if (!address || !number) return std::nullopt;
  return DestKey{*address, *number};
}

std::string ServiceNode::name() const { return text_at(map, "name"); }

DestNode* ServiceNode::find(const DestKey& wanted) {
  const auto found = dest_index.find(wanted);
  return found == dest_index.end() ? nullptr : &dests[found->second];
}

void ServiceNode::add(DestNode dest) {
  if (dest.key) dest_index.emplace(*dest.key, dests.size());
  dests.push_back(std::move(dest));
}

void ServiceNode::remove(DestNode& dest) {
  dest.gone = true;
  if (dest.key) dest_index.erase(*dest.key);
}

void ServiceNode::name_dests_anew() {
  dest_index.clear();
  for (std::size_t i = 0; i < dests.size(); ++i) {
    if (dests[i].gone) continue;
    dests[i].key = dest_key_of(dests[i].map, map.find("port"));
    if (dests[i].key) dest_index.emplace(*dests[i].key, i);
  }
}

bool uses_lips(const ServiceNode& service, const DestNode& dest) {
  const auto mode_of = [](const YamlNode& map) { return parse_name<ForwardingMode>(text_at(map, "mode")); };
  const ForwardingMode usual = mode_of(service.map).value_or(ServiceConfig{}.mode);
  return !dest.gone && mode_of(dest.map).value_or(usual) == ForwardingMode::fullnat;
}

bool uses_lips(const ServiceNode& service) {
  return std::any_of(service.dests.begin(), service.dests.end(),
                     [&](const DestNode& dest) { return uses_lips(service, dest); });
}

bool uses_lips_of(const ServiceNode& service, Family family) {
  return std::any_of(service.dests.begin(), service.dests.end(), [&](const DestNode& dest) {
    return uses_lips(service, dest) && dest.key && dest.key->address.family == family;
  });
}

EditTree::EditTree(const Config& running) : root_(write_section(document_section(), running)) {
  pools_ = take_list(root_, "lip_pools");
  YamlNode list = take_list(root_, "services");
  services_.reserve(list.items.size());
  for (YamlNode& map : list.items) add(std::move(map));
}

ServiceNode* EditTree::find(const ServiceKey& key) {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &services_[found->second];
}

ServiceNode* EditTree::find_name(std::string_view name) {
  const auto found = names_.lower_bound(name);  // the first of that name, as the list goes
  return found == names_.end() || found->first != name ? nullptr : &services_[found->second];
}

ServiceNode& EditTree::add(YamlNode map) {
  ServiceNode node;
  node.key = service_key_of(map);
  YamlNode* list = map.find("dests");
  if (list != nullptr && list->kind == YamlNode::Kind::sequence) {
    YamlNode dests = take_list(map, "dests");
    for (YamlNode& dest : dests.items) {
      const auto key = dest_key_of(dest, map.find("port"));
      node.add({key, std::move(dest)});
    }
  }
  node.map = std::move(map);
  names_.emplace(node.name(), services_.size());
  if (node.key) index_.emplace(*node.key, services_.size());
  return services_.emplace_back(std::move(node));
}

void EditTree::remove(ServiceNode& service) {
  service.gone = true;
  if (service.key) index_.erase(*service.key);
  const std::string name = service.name();
  forget_name(service);
  if (pool(name) == nullptr || drop_empty_pool(name)) return;
  const bool used =
      snat_pool(name) || std::any_of(services_.begin(), services_.end(), [&](const ServiceNode& other) {
        return !other.gone && text_at(other.map, "lip_pool") == name;
      });
  if (!used) drop_pool(name);
}

void EditTree::change(ServiceNode& service, const YamlNode& settings) {
  forget_name(service);
  merge(service.map, settings);
  if (settings.find("port") != nullptr) service.name_dests_anew();
  names_.emplace(service.name(), static_cast<std::size_t>(&service - services_.data()));
}

void EditTree::forget_name(const ServiceNode& service) {
  const auto position = static_cast<std::size_t>(&service - services_.data());
  const auto [first, last] = names_.equal_range(service.name());
  const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second == position; });
  if (found != last) names_.erase(found);
}

void EditTree::remove_all() {
  std::erase_if(pools_.items, [&](const YamlNode& pool) {
    const std::string name = text_at(pool, "name");
    return own_pool(name) && !snat_pool(name);
  });
  for (ServiceNode& service : services_) service.gone = true;
  index_.clear();
  names_.clear();
}

bool EditTree::snat_pool(std::string_view name) const {
  const YamlNode* rules = root_.find("snat");
  return rules != nullptr && std::any_of(rules->items.begin(), rules->items.end(), [&](const YamlNode& rule) {
           return text_at(rule, "lip_pool") == name;
         });
}

YamlNode* EditTree::pool(std::string_view name) {
  const auto found = std::find_if(pools_.items.begin(), pools_.items.end(),
                                  [&](const YamlNode& pool) { return text_at(pool, "name") == name; });
  return found == pools_.items.end() ? nullptr : &*found;
}

YamlNode& EditTree::add_pool(YamlNode map) { return pools_.items.emplace_back(std::move(map)); }

void EditTree::drop_pool(std::string_view name) {
  std::erase_if(pools_.items, [&](const YamlNode& pool) { return text_at(pool, "name") == name; });
}

std::string EditTree::common_pool(Family family) const {
  std::string common;
  for (const YamlNode& pool : pools_.items) {
    const std::string name = text_at(pool, "name");
    const YamlNode* list = pool.find("addresses");
    if (list == nullptr || own_pool(name) || snat_pool(name)) continue;
    const auto addresses = addresses_of(*list);
    const bool fits =
        std::any_of(addresses.begin(), addresses.end(), [&](const IpAddr& a) { return a.family == family; });
    if (!fits) continue;
    if (!common.empty()) return {};
    common = name;
  }
  return common;
}

const YamlNode* EditTree::ports_with(const std::vector<IpAddr>& addresses) const {
  for (const YamlNode& pool : pools_.items) {
    const YamlNode* list = pool.find("addresses");
    if (list == nullptr) continue;
    const auto held = addresses_of(*list);
    if (std::find_first_of(held.begin(), held.end(), addresses.begin(), addresses.end()) != held.end()) {
      return pool.find("ports");
    }
  }
  return nullptr;
}

YamlNode EditTree::take() {
  YamlNode list = YamlNode::sequence({});
  for (ServiceNode& service : services_) {
    if (service.gone) continue;
    YamlNode dests = YamlNode::sequence({});
    dests.mark = service.map.mark;
    for (DestNode& dest : service.dests) {
      if (!dest.gone) dests.items.push_back(std::move(dest.map));
    }
    if (!dests.items.empty()) service.map.put("dests", std::move(dests));
    list.items.push_back(std::move(service.map));
  }
  if (!pools_.items.empty()) root_.put("lip_pools", std::move(pools_));
  if (!list.items.empty()) root_.put("services", std::move(list));
  return std::move(root_);
}

std::vector<IpAddr> addresses_of(const YamlNode& list) {
  std::vector<IpAddr> out;
  for (const YamlNode& item : list.items) {
    if (const auto some = parse_addresses(item.text, kMaxLips); some.ok()) {
      out.insert(out.end(), some->begin(), some->end());
    }
  }
  return out;
}

YamlNode address_list(const std::vector<IpAddr>& addresses, Mark mark) {
  YamlNode list = YamlNode::sequence({});
  list.mark = mark;
  for (std::string& text : address_texts(addresses)) {
    list.items.push_back(YamlNode::scalar(std::move(text)));
    list.items.back().mark = mark;
  }
  return list;
}

void merge(YamlNode& map, const YamlNode& changes) {
  for (std::size_t i = 0; i < changes.entries(); ++i) {
    const YamlNode& key = changes.key(i);
    const YamlNode& value = changes.value(i);
    if (value.kind == YamlNode::Kind::null) {
      map.drop(key.text);
      continue;
    }
    YamlNode* old = map.find(key.text);
    if (old == nullptr) {
      map.items.push_back(key);
      map.items.push_back(value);
      if (value.kind != YamlNode::Kind::map) continue;
      map.items.back().items.clear();  // it may hold nulls of its own
      merge(map.items.back(), value);
    } else if (old->kind == YamlNode::Kind::map && value.kind == YamlNode::Kind::map) {
      merge(*old, value);
    } else {
      *old = value;
    }
  }
}

}  // namespace hvs::config
