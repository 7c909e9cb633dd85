// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <set>
#include <unordered_map>

#include "control/config/schema.h"
#include "control/config/validate_parts.h"
#include "control/config/values.h"

namespace hvs::config {

namespace {

std::string_view family_name(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

class SnatRules {
 public:
  SnatRules(const Config& config, const YamlNode& list, const Problems& problems)
      : config_(config), list_(list), problems_(problems) {
    for (const LipPoolConfig& pool : config.lip_pools) pools_.emplace(pool.name, &pool);
    for (const ServiceConfig& s : config.services) {
      services_.insert(s.name);
      const auto pool = pools_.find(s.lip_pool);
      if (pool == pools_.end()) continue;
      for (const IpAddr& addr : pool->second->addresses) of_services_.emplace(addr, &s);
    }
  }

  void check(const Scope& scope) {
    for (std::size_t i = 0; i < list_.items.size(); ++i) {
      const YamlNode& item = list_.items[i];
      if (problems_.bad(item)) continue;
      const SnatConfig& rule = config_.snat[i];
      const Scope here = scope.item(i);
      check_name(rule, item, here);
      check_ports(rule, item, here);
      check_families(rule, item, here);
      check_nic_port(rule.in, item, "in", here);
      check_nic_port(rule.out, item, "out", here);
      check_pool(rule, item, here);
      check_not_hidden(i, item, here);
    }
    if (lips_.size() > kMaxSnatLips) {
      scope.fail(list_, "the pools of these rules have " + std::to_string(lips_.size()) + " addresses",
                 "At most " + std::to_string(kMaxSnatLips) +
                     " are possible; each has thousands of ports for every " + "host outside");
    }
  }

 private:
  [[nodiscard]] bool usable(const YamlNode& item, std::string_view key) const {
    if (!problems_.usable(item, key)) return false;
    const YamlNode* list = item.find(key);
    return list == nullptr || std::none_of(list->items.begin(), list->items.end(),
                                           [&](const YamlNode& node) { return problems_.bad(node); });
  }

  void check_name(const SnatConfig& rule, const YamlNode& item, const Scope& scope) {
    if (!usable(item, "name")) return;
    if (services_.count(rule.name) != 0) {
      scope.key("name").fail(place(item, "name"), "\"" + rule.name + "\" is the name of a service",
                             "Give the rule a name of its own");
    } else {
      names_.check(rule.name, item, "name", scope);
    }
  }

  void check_ports(const SnatConfig& rule, const YamlNode& item, const Scope& scope) const {
    if (!usable(item, "protocol") ||
        (rule.protocol != SnatProtocol::any && rule.protocol != SnatProtocol::icmp))
      return;
    for (const char* key : {"from_ports", "to_ports"}) {
      if (item.find(key) == nullptr || !usable(item, key)) continue;
      scope.key(key).fail(place(item, key),
                          "protocol " + std::string(name_of(rule.protocol)) + " has no ports for a rule",
                          "Add `protocol: tcp`, `udp` or `sctp`, or leave the ports out");
    }
  }

  /// A family that has no source or no destination would never be taken.
  void check_families(const SnatConfig& rule, const YamlNode& item, const Scope& scope) const {
    if (!usable(item, "from") || !usable(item, "to") || rule.to.empty()) return;
    for (const Family family : kFamilies) {
      const bool to = std::any_of(rule.to.begin(), rule.to.end(),
                                  [&](const IpPrefix& p) { return p.addr.family == family; });
      if (has_family(rule, family) == to) continue;
      const char* key = to ? "to" : "from";
      scope.key(key).fail(place(item, key),
                          "has " + std::string(family_name(family)) + " networks, and `" +
                              (to ? "from" : "to") + "` has none",
                          "Families are not translated into each other: name networks of both, or of one");
    }
  }

  void check_nic_port(const std::string& name, const YamlNode& item, std::string_view key,
                      const Scope& scope) const {
    if (name.empty() || !usable(item, key)) return;
    std::vector<std::string_view> names;
    for (const PortConfig& port : config_.ports) names.push_back(port.name);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    scope.key(key).fail(place(item, key), "no port is called \"" + name + "\"", did_you_mean(name, names));
  }

  void check_pool(const SnatConfig& rule, const YamlNode& item, const Scope& scope) {
    if (!usable(item, "lip_pool")) return;
    const YamlNode& node = place(item, "lip_pool");
    const Scope here = scope.key("lip_pool");
    const auto found = pools_.find(rule.lip_pool);
    if (found == pools_.end()) {
      std::vector<std::string_view> names;
      for (const auto& pool : pools_) names.push_back(pool.first);
      std::sort(names.begin(), names.end());
      here.fail(node, "no pool is called \"" + rule.lip_pool + "\"",
                names.empty() ? "Declare it under `lip_pools`" : did_you_mean(rule.lip_pool, names));
      return;
    }
    const auto& addresses = found->second->addresses;
    for (const Family family : kFamilies) {
      const bool there = std::any_of(addresses.begin(), addresses.end(),
                                     [&](const IpAddr& a) { return a.family == family; });
      const bool refused = addresses.empty() && !services_.contains(rule.lip_pool);  // as a list of nothing
      if (there || refused || !usable(item, "from") || !has_family(rule, family)) continue;
      const std::string name(family_name(family));
      std::string what = "pool \"";
      what.append(rule.lip_pool).append("\" has no ").append(name);
      what.append(" address, which the rule's ").append(name).append(" connections need");
      return here.fail(node, what, "Add one to the pool, or name another pool");
    }
    for (const IpAddr& addr : addresses) {
      if (const auto service = of_services_.find(addr); service != of_services_.end()) {
        return here.fail(node,
                         addr.text() + " of pool \"" + rule.lip_pool + "\" is a local address of service \"" +
                             service->second->name + "\", too",
                         "Give `snat` rules addresses of their own");
      }
      lips_.insert(addr);
    }
  }

  void check_not_hidden(std::size_t number, const YamlNode& item, const Scope& scope) const {
    for (const char* key : {"from", "to", "protocol", "from_ports", "to_ports", "in", "out"}) {
      if (!usable(item, key)) return;
    }
    for (std::size_t i = 0; i < number; ++i) {
      if (problems_.bad(list_.items[i]) || !hides(config_.snat[i], config_.snat[number])) continue;
      return scope.fail(item,
                        "never takes anything: rule \"" + config_.snat[i].name +
                            "\" before it takes all that it "
                            "could",
                        "Put the narrower rule first, or leave it out");
    }
  }

  const Config& config_;
  const YamlNode& list_;
  const Problems& problems_;
  std::unordered_map<std::string_view, const LipPoolConfig*> pools_;
  std::set<std::string_view> services_;
  std::unordered_map<IpAddr, const ServiceConfig*> of_services_;
  std::set<IpAddr> lips_;
  UniqueNames names_;
};

}  // namespace

void validate_snat(const Config& config, const YamlNode& root, Problems& problems) {
  const YamlNode* list = whole_list(root, "snat", problems);
  if (list == nullptr) return;
  const Scope top(problems);
  SnatRules(config, *list, problems).check(top.key("snat"));
}

}  // namespace hvs::config
