// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace hvs {

/// Writes a small file so that a reader, also after a crash, finds all of it or what was there before.
Result<void> write_whole(const std::filesystem::path& path, const std::string& bytes);

}  // namespace hvs
