// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/editor.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/suggest.h"
#include "control/config/utf8.h"

namespace hvs::config {

namespace {

/// A key that `of` does not have is a mistake: without it something else might be meant.
Result<void> has_keys_of(const YamlNode& map, const std::vector<std::string_view>& keys,
                         const std::string& of) {
  for (std::size_t i = 0; i < map.entries(); ++i) {
    const std::string& key = map.key(i).text;
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return edit_error("unknown key `" + printable(key) + "` of " + of, did_you_mean(key, keys));
  }
  return {};
}

/// Settings that an edit leaves alone, because something is known by them.
Result<void> refuse_keys(const YamlNode& settings, std::initializer_list<std::string_view> keys,
                         const char* fix) {
  for (const auto key : keys) {
    if (settings.find(key) != nullptr) return edit_error("`" + std::string(key) + "` cannot be edited", fix);
  }
  return {};
}

/// An entry of `port` as JSON has it.
std::string port_entry(PortRange port) { return port.single() ? port.text() : quoted(port.text()); }

/// What to write instead of ports that do not begin with `key`, which the service is known by.
std::string way_to_keep(PortRange key, PortRange begin) {
  if (key.any()) return "Delete the service and add another";
  std::string example;
  if (begin.low == key.low && begin.high > key.high) {
    const PortRange rest{L4Port{static_cast<std::uint16_t>(key.high.value + 1)}, begin.high};
    example = ", as in [" + port_entry(key) + ", " + port_entry(rest) + "]";
  }
  return "Keep " + port_entry(key) + " as the first entry" + example +
         ", or delete the service and add another";
}

/// Of several VIPs and ports all but the first ones may change, which the service is known by.
Result<void> keeps_key(const ServiceNode& service, const YamlNode& settings) {
  YamlNode changed = service.map;
  merge(changed, settings);
  const auto now = service_key_of(changed);
  if (!now || !service.key || now == service.key) return {};
  if (now->vip != service.key->vip) {
    const std::string vip = service.key->vip.text();
    return edit_error("the first VIP would be " + now->vip.text() + ", and the service is known by " + vip,
                      "Keep " + vip + " as the first one, or delete the service and add another");
  }
  return edit_error("the first entry of `port` would be " + now->port.text() +
                        ", and the service is known by " + service.key->port.text(),
                    way_to_keep(service.key->port, now->port));
}

/// `vip` and `vips` are two spellings of one setting: whichever is given takes the place of the other.
YamlNode with_one_spelling_of_vips(YamlNode settings) {
  for (const auto& [given, other] : {std::pair{"vip", "vips"}, std::pair{"vips", "vip"}}) {
    const YamlNode* value = settings.find(given);
    if (value == nullptr || value->kind == YamlNode::Kind::null || settings.find(other) != nullptr) continue;
    settings.put(other, {});
    break;
  }
  return settings;
}

}  // namespace

Error edit_error(std::string what, std::string fix) { return {std::move(what), {}, std::move(fix)}; }

const std::vector<Editor::Operation>& Editor::operations() {
  static const std::vector<Operation> list = {
      {"add_service", {"service"}, {"lips"}, &Editor::add_service},
      {"edit_service", {"service", "set"}, {}, &Editor::edit_service},
      {"delete_service", {"service"}, {}, &Editor::delete_service},
      {"add_dest", {"service", "dest"}, {"lips", "service_mode"}, &Editor::add_dest},
      {"edit_dest", {"service", "dest", "set"}, {"lips", "service_mode"}, &Editor::edit_dest},
      {"delete_dest", {"service", "dest"}, {}, &Editor::delete_dest},
      {"add_lips", {"addresses"}, {"service", "pool", "ports"}, &Editor::add_lips},
      {"delete_lips", {"addresses"}, {"service", "pool"}, &Editor::delete_lips},
      {"add_snat", {"rule"}, {"before"}, &Editor::add_snat},
      {"edit_snat", {"rule", "set"}, {}, &Editor::edit_snat},
      {"delete_snat", {"rule"}, {}, &Editor::delete_snat},
      {"set_timeouts", {"timeouts"}, {}, &Editor::set_timeouts},
      {"flush", {}, {}, &Editor::flush},
      {"zero", {}, {"service"}, &Editor::zero},
  };
  return list;
}

Result<void> Editor::apply(const YamlNode& operation) {
  if (operation.kind != YamlNode::Kind::map)
    return edit_error(std::string(operation.what()) + " is no operation");
  std::vector<std::string_view> names;
  for (const Operation& known : operations()) names.push_back(known.name);
  const YamlNode* name = operation.find("op");
  if (name == nullptr) return edit_error("`op` is missing", "It is one of: " + comma_list(names));
  const auto found = std::find_if(operations().begin(), operations().end(),
                                  [&](const Operation& known) { return known.name == name->text; });
  if (found == operations().end()) {
    return edit_error("unknown operation " + quoted(name->text), did_you_mean(name->text, names));
  }
  std::vector<std::string_view> keys = {"op"};
  keys.insert(keys.end(), found->required.begin(), found->required.end());
  keys.insert(keys.end(), found->optional.begin(), found->optional.end());
  if (auto known = has_keys_of(operation, keys, name->text); !known) return known;
  for (const auto key : found->required) {
    if (operation.find(key) == nullptr) {
      return edit_error("`" + std::string(key) + "` of " + name->text + " is missing", "It is required");
    }
  }
  return (this->*found->act)(operation);
}

/// "service" names a service by its name, or by protocol, VIP and port.
Result<ServiceNode*> Editor::service_of(const YamlNode& operation) {
  const YamlNode& reference = *operation.find("service");
  ServiceNode* found = nullptr;
  std::string text = "service " + printable(reference.text);
  if (reference.kind == YamlNode::Kind::scalar) {
    found = tree_.find_name(reference.text);
  } else {
    const auto key = service_key_of(reference);
    if (!key) {
      return edit_error("`service` is neither a name nor a map of protocol, vip and port",
                        "Write for example {\"protocol\": \"tcp\", \"vip\": \"192.0.2.10\", \"port\": 80}");
    }
    if (auto known = has_keys_of(reference, {"protocol", "vip", "vips", "port"}, "`service`"); !known)
      return known.error();
    text = "service " + key->text();
    found = tree_.find(*key);
  }
  if (found == nullptr) return edit_error("there is no " + text, "Add it first, or see `hvsctl services`");
  found->map.mark = operation.mark;
  return found;
}

Result<DestNode*> Editor::dest_of(ServiceNode& service, const YamlNode& operation) {
  const YamlNode& reference = *operation.find("dest");
  const auto key = dest_key_of(reference, service.map.find("port"));
  if (!key) {
    return edit_error("`dest` is no map of address and port",
                      "Write for example {\"address\": \"10.20.0.21\", \"port\": 80}");
  }
  if (auto known = has_keys_of(reference, {"address", "port"}, "`dest`"); !known) return known.error();
  DestNode* found = service.find(*key);
  if (found == nullptr) {
    return edit_error("service " + service.name() + " has no dest " + key->text(),
                      "Add it first, or see `hvsctl dests`");
  }
  return found;
}

Result<void> Editor::add_service(const YamlNode& operation) {
  YamlNode map = *operation.find("service");
  if (map.kind != YamlNode::Kind::map)
    return edit_error("`service` is no map", "Give it the settings of a service");
  const auto key = service_key_of(map);
  if (key) {
    if (const ServiceNode* there = tree_.find(*key); there != nullptr) {
      return edit_error("there is a service " + key->text() + " already: " + there->name(),
                        "Edit it (edit_service), or delete it first");
    }
    if (map.find("name") == nullptr) {
      map.put("name", YamlNode::scalar(std::string(name_of(key->protocol)) + ":" +
                                       endpoint_text(key->vip, key->port.text())));
      map.items.back().mark = map.mark;
    }
    if (map.find("lip_pool") == nullptr && operation.find("lips") == nullptr) {
      const std::string pool = tree_.common_pool(key->vip.family);
      if (!pool.empty()) map.put("lip_pool", YamlNode::scalar(pool));
    }
  }
  ServiceNode& service = tree_.add(std::move(map));
  return find_lips(operation, service, operation.find("lips") != nullptr && uses_lips(service));
}

Result<void> Editor::edit_service(const YamlNode& operation) {
  const auto service = service_of(operation);
  if (!service) return service.error();
  if (operation.find("set")->kind != YamlNode::Kind::map)
    return edit_error("`set` is no map", "Name settings and their values");
  const YamlNode settings = with_one_spelling_of_vips(*operation.find("set"));
  auto allowed = refuse_keys(settings, {"protocol"}, "Delete the service and add another");
  if (allowed) allowed = keeps_key(**service, settings);
  if (allowed) allowed = refuse_keys(settings, {"dests"}, "Use add_dest, edit_dest and delete_dest");
  if (!allowed) return allowed;
  const std::string own = tree_.own_pool_of(**service);
  tree_.change(**service, settings);
  return take_pool_along(**service, own);
}

Result<void> Editor::delete_service(const YamlNode& operation) {
  const auto service = service_of(operation);
  if (!service) return service.error();
  tree_.remove(**service);
  return {};
}

Result<void> Editor::add_dest(const YamlNode& operation) {
  const auto service = service_of(operation);
  if (!service) return service.error();
  const YamlNode& map = *operation.find("dest");
  const auto key = dest_key_of(map, (*service)->map.find("port"));
  if (key && (*service)->find(*key) != nullptr) {
    return edit_error("service " + (*service)->name() + " has the dest " + key->text() + " already",
                      "Edit it (edit_dest), or delete it first");
  }
  (*service)->add({key, map});
  return settle_dest(operation, **service, (*service)->dests.back());
}

Result<void> Editor::edit_dest(const YamlNode& operation) {
  const auto service = service_of(operation);
  if (!service) return service.error();
  const auto dest = dest_of(**service, operation);
  if (!dest) return dest.error();
  const YamlNode& settings = *operation.find("set");
  if (settings.kind != YamlNode::Kind::map)
    return edit_error("`set` is no map", "Name settings and their values");
  auto allowed = refuse_keys(settings, {"address", "port"}, "Delete the dest and add another");
  if (!allowed) return allowed;
  merge((*dest)->map, settings);
  (*dest)->map.mark = operation.mark;
  return settle_dest(operation, **service, **dest);
}

/// What the service takes from a dest that was added or edited. With "service_mode": "as_only_dest" that is
/// its mode, while there is no other: IPVS's services have none, and what is said of them is said by dests.
Result<void> Editor::settle_dest(const YamlNode& operation, ServiceNode& service, const DestNode& dest) {
  if (const YamlNode* wish = operation.find("service_mode"); wish != nullptr) {
    if (wish->kind != YamlNode::Kind::scalar || wish->text != "as_only_dest")
      return edit_error("`service_mode` is not \"as_only_dest\"",
                        "Leave it out, if the service's mode stays");
    const YamlNode* mode = dest.map.find("mode");
    // The service's own tunnel says that its mode was chosen.
    if (mode != nullptr && service.dest_index.size() == 1 && service.map.find("tunnel") == nullptr) {
      YamlNode changes = YamlNode::map();
      changes.put("mode", *mode);
      tree_.change(service, changes);
    }
  }
  return find_lips(operation, service, uses_lips(service, dest));
}

Result<void> Editor::delete_dest(const YamlNode& operation) {
  const auto service = service_of(operation);
  if (!service) return service.error();
  const auto dest = dest_of(**service, operation);
  if (!dest) return dest.error();
  (*service)->remove(**dest);
  return {};
}

Result<void> Editor::flush(const YamlNode&) {
  tree_.remove_all();
  return {};
}

Result<void> Editor::zero(const YamlNode& operation) {
  if (operation.find("service") != nullptr) {
    const auto service = service_of(operation);
    if (!service) return service.error();
    zeroed_.push_back(static_cast<std::size_t>(*service - tree_.services().data()));
    return {};
  }
  for (std::size_t i = 0; i < tree_.services().size(); ++i) zeroed_.push_back(i);
  return {};
}

}  // namespace hvs::config
