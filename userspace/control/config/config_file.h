// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace hvs {

/// Everything that is wrong with a file, in the order of its lines. `where` is FILE:LINE:COLUMN, `what`
/// begins with the key's path.
struct ConfigProblems {
  std::vector<Error> list;
  /// One problem a line.
  [[nodiscard]] std::string text() const;
  /// As one error, for callers that show one: the first problem, and how many more there are.
  [[nodiscard]] Error summary() const;
};

/// A valid configuration, or every problem of the file.
class [[nodiscard]] ConfigResult {
 public:
  ConfigResult(Config config) : state_(std::move(config)) {}              // NOLINT: implicit on purpose
  ConfigResult(ConfigProblems problems) : state_(std::move(problems)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] Config& value() & { return std::get<0>(state_); }
  [[nodiscard]] const Config& value() const& { return std::get<0>(state_); }
  [[nodiscard]] Config&& value() && { return std::get<0>(std::move(state_)); }
  Config& operator*() & { return value(); }
  const Config& operator*() const& { return value(); }
  Config* operator->() { return &value(); }
  const Config* operator->() const { return &value(); }
  [[nodiscard]] const ConfigProblems& problems() const { return std::get<1>(state_); }

 private:
  std::variant<Config, ConfigProblems> state_;
};

/// Reads and validates a file. Nothing of the machine is asked; see plan.h for that.
ConfigResult load_config(const std::string& path);
/// The same for text; `file_name` is what messages call it.
ConfigResult parse_config(std::string_view text, std::string_view file_name);

/// The whole configuration as YAML, defaults written out; parse_config() gives an equal value back.
std::string config_to_yaml(const Config& config);

/// config/reference.md: every setting, generated from its declaration.
std::string config_reference();

}  // namespace hvs
