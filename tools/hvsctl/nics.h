// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "tools/hvsctl/app.h"

namespace hvs::ctl {

struct NicOptions {
  std::vector<std::string> devices;  // netdevs or PCI addresses
  std::string driver = "vfio-pci";
  bool force = false;
};

/// Take NICs from the kernel for native ports, all or none, and give one back. No daemon is asked.
ExitCode bind_nic(const NicOptions& options, std::FILE* out, std::FILE* err);
ExitCode unbind_nic(const NicOptions& options, std::FILE* out, std::FILE* err);

}  // namespace hvs::ctl
