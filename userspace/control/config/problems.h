// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/config/yaml_tree.h"

namespace hvs::config {

/// Collects every problem of a file, and remembers which values are not to be judged any further.
class Problems {
 public:
  /// More than this tells nobody anything; the rest is counted.
  static constexpr std::size_t kMaxShown = 100;

  explicit Problems(std::string_view file) : file_(file) {}
  /// Of a transaction: a mark's line is the number of an operation, and 0 is the configuration before.
  /// Entries of the lists of `root`, which outlives this, are named in messages: nobody has numbered them.
  static Problems of_operations(const YamlNode& root) { return Problems(root); }
  /// Where entries are named; nullptr: by their numbers.
  [[nodiscard]] const YamlNode* named_in() const { return root_; }

  /// How a message names another place: "on line 7".
  [[nodiscard]] std::string there(Mark mark) const;

  /// A problem with the value `node`, which later checks then leave alone.
  void add(const YamlNode& node, std::string what, std::string fix = {}) {
    bad_.insert(&node);
    add(node.mark, std::move(what), std::move(fix));
  }
  void add(Mark mark, std::string what, std::string fix = {});
  /// `map` lacks `key`, which is required.
  void missing(const YamlNode& map, std::string_view key, std::string what, std::string fix);

  [[nodiscard]] bool empty() const { return found_.empty(); }
  [[nodiscard]] bool bad(const YamlNode& node) const { return bad_.contains(&node); }
  /// `key` of `map` has a value that was read without a problem, or its default.
  [[nodiscard]] bool usable(const YamlNode& map, std::string_view key) const;
  /// Sorted by place.
  [[nodiscard]] std::vector<Error> errors() &&;

 private:
  explicit Problems(const YamlNode& root) : operations_(true), root_(&root) {}
  [[nodiscard]] std::string where(Mark mark) const;

  struct Found {
    Mark mark;
    Error error;
  };
  std::string file_;
  bool operations_ = false;
  const YamlNode* root_ = nullptr;
  std::vector<Found> found_;
  std::size_t more_ = 0;
  std::unordered_set<const YamlNode*> bad_;
  std::set<std::pair<const YamlNode*, std::string>> missing_;
};

/// Where in the file we are: a chain of keys and indices on the stack, spelled out only for a message.
class Scope {
 public:
  explicit Scope(Problems& problems) : problems_(&problems) {}
  [[nodiscard]] Scope key(std::string_view name) const { return Scope(*this, name, 0); }
  [[nodiscard]] Scope item(std::size_t index) const { return Scope(*this, {}, index); }

  /// "services[0].vip", of operations "services["web"].vip"; empty at the top.
  [[nodiscard]] std::string path() const;
  [[nodiscard]] Problems& problems() const { return *problems_; }
  /// Adds a problem whose text begins with the path.
  void fail(const YamlNode& node, std::string_view what, std::string fix = {}) const;

 private:
  [[nodiscard]] const YamlNode* node() const;
  Scope(const Scope& parent, std::string_view name, std::size_t index)
      : problems_(parent.problems_), parent_(&parent), name_(name), index_(index) {}
  Problems* problems_;
  const Scope* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

}  // namespace hvs::config
