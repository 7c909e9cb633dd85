// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "control/config/plan.h"
#include "model/config.h"

namespace hvs {

/// What a configuration would do on this machine, and whether it could. Starts and changes nothing.
/// `own_process` is an instance of the same name that runs: what it holds is in nobody's way.
struct Preflight {
  Plan plan;
  std::vector<unsigned> cpus;  // of the workers; empty when the plan says why
};
Preflight inspect(const Config& config, int own_process = 0);

/// The steering program is among the BPF objects in `bpf_dir`. No instance starts without it.
Result<void> find_steering_program(const std::string& bpf_dir);

/// `hvsd --check FILE`: prints the plan, or every problem with its fix.
/// Returns the exit status of a start (exit_status.h), 0 when it would go well.
int check(const std::string& config_file, const std::string& bpf_dir);

}  // namespace hvs
