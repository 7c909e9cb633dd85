// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>

namespace hvs {

/// How long a client of a persistent service may be remembered at most: what ipvsadm takes.
inline constexpr std::chrono::seconds kMaxPersistence{31 * 86400};

}  // namespace hvs
