// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <sysexits.h>

namespace hvs {

// Exit statuses of hvsd (README.md). After the last two the systemd unit does not start it again.
inline constexpr int kFailed = 1;             // may go better the next time
inline constexpr int kWrongOptions = 2;       // stays wrong
inline constexpr int kWrongFile = EX_CONFIG;  // stays wrong until somebody mends the file

}  // namespace hvs
