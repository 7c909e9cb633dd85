// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>

#include "base/result.h"
#include "control/api/backend.h"

namespace hvs {

/// All metrics in Prometheus' text format, version 0.0.4.
[[nodiscard]] Result<std::string> metrics_text(ControlBackend& backend);

}  // namespace hvs
