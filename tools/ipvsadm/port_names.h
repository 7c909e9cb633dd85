// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hvs::ipvs {

/// Whether `name`, of -F, is a port's: that of the configuration, or that of a netdev by which the kernel
/// knows it. `ports_json` is the API's /v1/ports. An error lists the ports that there are.
Result<void> check_port_name(const std::string& name, std::string_view ports_json);

}  // namespace hvs::ipvs
