// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace hvs::bench {

void print_header(const std::string& title);
void print_figure(const Figure& figure);
std::string to_json(const std::vector<Figure>& figures);

}  // namespace hvs::bench
