// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hvs::ctl {

enum class Liveness { live, dead, forbidden };

struct Instance {
  std::string name;
  std::string socket;
  Liveness liveness = Liveness::dead;
};

/// Where the instances' directories are: $HVS_RUN_DIR, or /run/hvs.
[[nodiscard]] std::string run_dir();
[[nodiscard]] std::string instance_socket(const std::string& run_dir, const std::string& name);

/// The instances that have a control socket, by name; tries to connect to each.
[[nodiscard]] std::vector<Instance> find_instances(const std::string& run_dir);

/// The one instance that runs, or an error that says what there is instead.
Result<Instance> only_instance(const std::vector<Instance>& instances, const std::string& run_dir);

/// The control socket of the instance of that name, else of $HVS_INSTANCE, else of the only one that runs.
Result<std::string> find_socket(const std::optional<std::string>& instance);

}  // namespace hvs::ctl
