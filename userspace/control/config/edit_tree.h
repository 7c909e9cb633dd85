// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/config/yaml_tree.h"
#include "model/config.h"

namespace hvs::config {

/// What a service and a dest are found by: of several VIPs and ports the first ones.
struct ServiceKey {
  IpAddr vip;
  L4Proto protocol = L4Proto::tcp;
  PortRange port;
  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
  [[nodiscard]] std::string text() const;
};
struct DestKey {
  IpAddr address;
  L4Port port;  // 0: the one that the client asked for
  friend auto operator<=>(const DestKey&, const DestKey&) = default;
  [[nodiscard]] std::string text() const;
};

/// The key that a map spells; nothing while a part of it is missing or wrong, which the loader will say.
std::optional<ServiceKey> service_key_of(const YamlNode& map);
/// `port`, the service's, stands in where the map names none.
std::optional<DestKey> dest_key_of(const YamlNode& map, const YamlNode* port);

struct DestNode {
  std::optional<DestKey> key;
  YamlNode map;
  bool gone = false;
};
struct ServiceNode {
  std::optional<ServiceKey> key;
  YamlNode map;  // without `dests`
  std::vector<DestNode> dests;
  std::map<DestKey, std::size_t> dest_index;  // of those that have a key; the first of two that are alike
  bool gone = false;

  [[nodiscard]] std::string name() const;
  [[nodiscard]] DestNode* find(const DestKey& wanted);
  void add(DestNode dest);
  void remove(DestNode& dest);
  /// After a change of the service's port, which dests without one of their own are known by.
  void name_dests_anew();
};

/// The dest is reached from local addresses of ours, as far as can be read; some dest of the service is.
bool uses_lips(const ServiceNode& service, const DestNode& dest);
bool uses_lips(const ServiceNode& service);
bool uses_lips_of(const ServiceNode& service, Family family);  // by dests of that family

/// A configuration as the tree that a file with it would be, taken apart so that services and dests are found
/// quickly. What is edited in becomes part of the tree unjudged: the loader reads the whole in the end.
class EditTree {
 public:
  explicit EditTree(const Config& running);

  [[nodiscard]] ServiceNode* find(const ServiceKey& key);
  [[nodiscard]] ServiceNode* find_name(std::string_view name);
  [[nodiscard]] std::vector<ServiceNode>& services() { return services_; }
  ServiceNode& add(YamlNode map);
  /// Changes settings of a service that are not its key.
  void change(ServiceNode& service, const YamlNode& settings);
  /// With the pool that was its own, unless another service uses it.
  void remove(ServiceNode& service);
  void remove_all();

  [[nodiscard]] YamlNode* pool(std::string_view name);
  YamlNode& add_pool(YamlNode map);
  void drop_pool(std::string_view name);
  /// The name of the pool that the service has for itself and uses; empty: it has none.
  [[nodiscard]] std::string own_pool_of(const ServiceNode& service);
  /// The pool lacks addresses that dests of the service are reached from, or has none at all.
  [[nodiscard]] bool is_waiting(const ServiceNode& service, std::string_view pool_name);
  /// With all services that use it.
  void rename_pool(const std::string& from, const std::string& to);
  /// When its service uses it no longer; false if it has addresses, or is not there.
  bool drop_empty_pool(const std::string& name);
  /// The pool for a service that names none: the only one that is no service's own and has an address of the
  /// family. Empty: there is none, or more than one.
  [[nodiscard]] std::string common_pool(Family family) const;
  /// The `ports` of a pool that has one of the addresses.
  [[nodiscard]] const YamlNode* ports_with(const std::vector<IpAddr>& addresses) const;

  [[nodiscard]] YamlNode& root() { return root_; }
  /// Puts everything together again.
  [[nodiscard]] YamlNode take();

 private:
  void forget_name(const ServiceNode& service);
  [[nodiscard]] bool own_pool(const std::string& name) const { return names_.contains(name); }

  /// A rule of mode snat uses the pool.
  [[nodiscard]] bool snat_pool(std::string_view name) const;
  YamlNode root_;  // without `services` and `lip_pools`
  YamlNode pools_ = YamlNode::sequence({});
  std::vector<ServiceNode> services_;
  std::map<ServiceKey, std::size_t> index_;
  std::multimap<std::string, std::size_t, std::less<>> names_;
};

/// The addresses that a list of texts stands for, as far as they can be read.
std::vector<IpAddr> addresses_of(const YamlNode& list);
YamlNode address_list(const std::vector<IpAddr>& addresses, Mark mark);

/// Puts the entries of `changes` into `map`, one level into maps within; a null takes an entry out, so that
/// its default holds.
void merge(YamlNode& map, const YamlNode& changes);

}  // namespace hvs::config
