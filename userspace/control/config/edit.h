// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace hvs {

/// What a transaction of edits makes of a configuration.
struct EditedConfig {
  Config config;
  std::vector<std::string> zeroed;  // services whose counters begin anew
  std::size_t operations = 0;
};

/// Applies a JSON array of operations (docs/api.md) to a copy of `running`, one after the other, and judges
/// the outcome as load_config() judges a file. An error is about the first problem; its `where` is "operation
/// N", counted from 1, when it is one operation's.
Result<EditedConfig> edit_config(const Config& running, std::string_view json);

}  // namespace hvs
