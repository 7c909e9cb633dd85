// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/config/yaml_tree.h"

namespace hvs::config {

/// The elements of a JSON array as trees; every node's mark is its element's number, counted from 1, so that
/// whatever is said about it later says which operation it came with.
Result<std::vector<YamlNode>> parse_operations(std::string_view json);

}  // namespace hvs::config
