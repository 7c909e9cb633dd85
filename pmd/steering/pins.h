// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

// The directory of an instance on bpffs:  <instance>/steer_services ... and
// <instance>/ports/<port>/steer_config ...
namespace hvs {

/// Creates `dir` (and what is missing above it), 0700, empty: pins of a dead process of this name go.
Result<void> create_pin_dir(const std::filesystem::path& dir);
/// Creates ports/<port>/ within `dir` and returns it. bpffs reserves dots, so "eth0.100" becomes "eth0_100".
Result<std::filesystem::path> create_port_pin_dir(const std::filesystem::path& dir, const std::string& port);
Result<void> pin(int fd, const std::filesystem::path& path);
/// Removes `dir` with all pins in it, and its parent when that is empty then.
void remove_pin_dir(const std::filesystem::path& dir);

}  // namespace hvs
