// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hvs::ctl {

/// Replaces the file as a whole: whoever reads it finds the old text or the new one. Its mode and owner stay;
/// a symbolic link stays one, and what it names is replaced.
Result<void> replace_file(const std::string& path, std::string_view text);

}  // namespace hvs::ctl
