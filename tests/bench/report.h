// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/measure.h"
#include "tests/bench/results.h"

namespace hvs::bench {

void print_facts(const Facts& facts);
void print_header(const std::string& title, const std::vector<std::string>& ratios, bool baseline);
/// `change`: how many times the baseline's figure.
void print_figure(const Figure& figure, const std::vector<std::string>& ratios, std::optional<double> change);
void print_targets(const std::vector<Target>& targets);

}  // namespace hvs::bench
