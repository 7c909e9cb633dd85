// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hvs {

/// The candidate that a person most likely meant, or empty when none is near.
std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& candidates);

/// "Did you mean `scheduler`?", or "Known are: a, b, c" when none is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& candidates);

/// "a, b, c".
std::string comma_list(const std::vector<std::string_view>& words);

}  // namespace hvs
