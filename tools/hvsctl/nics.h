// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdio>
#include <string>

#include "tools/hvsctl/app.h"

namespace hvs::ctl {

struct NicOptions {
  std::string device;  // netdev or PCI address
  std::string driver = "vfio-pci";
  bool force = false;
};

/// Take a NIC from the kernel for a native port, and give it back. No daemon is asked.
ExitCode bind_nic(const NicOptions& options, std::FILE* out, std::FILE* err);
ExitCode unbind_nic(const NicOptions& options, std::FILE* out, std::FILE* err);

}  // namespace hvs::ctl
