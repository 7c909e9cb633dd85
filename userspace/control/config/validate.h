// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "control/config/problems.h"
#include "model/config.h"

namespace hvs::config {

/// The rules between settings: unique names, references, families, overlaps, totals. `root` is the tree that
/// `config` was read from; what already has a problem is not judged again.
void validate(const Config& config, const YamlNode& root, Problems& problems);

}  // namespace hvs::config
