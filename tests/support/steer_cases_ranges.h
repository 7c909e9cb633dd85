// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "tests/support/steer_cases.h"

namespace hvs::test {

/// Services on ranges of ports and on any port, over case_rows().
void add_range_cases(std::vector<SteerCase>& out);

}  // namespace hvs::test
