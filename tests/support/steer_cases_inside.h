// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

#include "tests/support/steer_cases.h"

namespace hvs::test {

/// Mode snat, over case_rows().
void add_inside_cases(std::vector<SteerCase>& out);

}  // namespace hvs::test
