// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

#include "base/result.h"

namespace hvs {

/// The netdev is a TAP device, so it may be a companion.
[[nodiscard]] bool is_tap(const std::string& netdev);

/// Removes a TAP device to which nobody is attached; an error says that somebody is.
Result<void> remove_tap(const std::string& netdev);

}  // namespace hvs
