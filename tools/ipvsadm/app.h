// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdio>
#include <istream>
#include <string>
#include <vector>

#include "tools/ipvsadm/command.h"

namespace hvs::ipvs {

/// Carries out one command line, without the program's name; -R reads from `in`.
ExitCode run(std::vector<std::string> arguments, std::istream& in, std::FILE* out, std::FILE* err);

}  // namespace hvs::ipvs
