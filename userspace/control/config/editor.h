// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/config/edit_tree.h"

namespace hvs::config {

/// Carries out operations on a tree, one a call. What they refer to is judged here, what they bring with them
/// by the loader.
class Editor {
 public:
  explicit Editor(const Config& running) : tree_(running) {}

  Result<void> apply(const YamlNode& operation);
  [[nodiscard]] EditTree& tree() { return tree_; }
  /// Where in services() the services are whose counters begin anew.
  [[nodiscard]] const std::vector<std::size_t>& zeroed() const { return zeroed_; }
  /// Pools that addresses were taken from, and of which family.
  [[nodiscard]] const std::set<std::pair<std::string, Family>>& shrunk() const { return shrunk_; }

 private:
  struct Operation {
    std::string_view name;
    std::vector<std::string_view> required;
    std::vector<std::string_view> optional;
    Result<void> (Editor::*act)(const YamlNode&);
  };
  static const std::vector<Operation>& operations();

  Result<void> add_service(const YamlNode& operation);
  Result<void> edit_service(const YamlNode& operation);
  Result<void> delete_service(const YamlNode& operation);
  Result<void> add_dest(const YamlNode& operation);
  Result<void> edit_dest(const YamlNode& operation);
  Result<void> delete_dest(const YamlNode& operation);
  Result<void> add_lips(const YamlNode& operation);
  Result<void> delete_lips(const YamlNode& operation);
  Result<void> add_snat(const YamlNode& operation);
  Result<void> edit_snat(const YamlNode& operation);
  Result<void> delete_snat(const YamlNode& operation);
  Result<void> set_timeouts(const YamlNode& operation);
  Result<void> flush(const YamlNode& operation);
  Result<void> zero(const YamlNode& operation);

  Result<ServiceNode*> service_of(const YamlNode& operation);
  static Result<DestNode*> dest_of(ServiceNode& service, const YamlNode& operation);
  Result<YamlNode*> pool_to_grow(const YamlNode& operation, const std::vector<IpAddr>& added);
  Result<void> find_lips(const YamlNode& operation, ServiceNode& service, bool needed);
  Result<void> settle_dest(const YamlNode& operation, ServiceNode& service, const DestNode& dest);
  Result<std::vector<IpAddr>> shared_lips(const ServiceNode& service, const std::vector<IpAddr>& added);
  Result<void> take_pool_along(const ServiceNode& service, const std::string& own);

  EditTree tree_;
  std::vector<std::size_t> zeroed_;
  std::set<std::pair<std::string, Family>> shrunk_;
};

/// An error of an operation, whose number the caller adds.
Error edit_error(std::string what, std::string fix = {});

}  // namespace hvs::config
