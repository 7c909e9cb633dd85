// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/api/backend.h"

namespace hvs {

/// The target of a request: "/v1/conns?proto=tcp&limit=10", percent-decoded.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;

  [[nodiscard]] const std::string* find(std::string_view key) const;
};

/// Refuses what is no path, broken percent-encoding, and a key given twice.
Result<Target> parse_target(std::string_view text);

/// Refuses a key that is not in `known`, so that a misspelt filter does not show everything.
Result<void> check_keys(const Target& target, const std::vector<std::string_view>& known);

/// The filters of /v1/conns. The service is not looked up here: its name is returned in `service`.
struct ConnParams {
  ConnQuery query;
  std::optional<std::string> service;
};
Result<ConnParams> parse_conn_params(const Target& target);

}  // namespace hvs
