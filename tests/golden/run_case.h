// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>

namespace hvs::golden {

/// Runs one case directory; what differs becomes test failures.
void run_case(const std::filesystem::path& directory);

}  // namespace hvs::golden
