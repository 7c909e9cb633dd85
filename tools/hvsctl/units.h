// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>

namespace hvs::ctl {

/// 999, 1.00k, 12.3M, 456G: three figures and a decimal prefix.
[[nodiscard]] std::string human_count(std::uint64_t value);
/// 999B, 1.00KiB, 12.3MiB: three figures (four below the next unit) and a binary prefix.
[[nodiscard]] std::string human_bytes(std::uint64_t value);
/// 45s, 3m05s, 2h03m, 5d04h: the two largest units.
[[nodiscard]] std::string human_duration(std::uint64_t seconds);
/// Milliseconds as seconds with one decimal: 12.3s.
[[nodiscard]] std::string seconds_text(std::uint64_t milliseconds);

}  // namespace hvs::ctl
