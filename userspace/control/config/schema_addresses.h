// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/config/setting.h"
#include "model/config.h"

// Where a service is found: its VIPs and its ports.
namespace hvs::config {

inline constexpr std::size_t kMaxServiceVips = 256;
inline constexpr std::size_t kMaxServicePorts = 256;  // single ports and ranges

Setting<ServiceConfig> vips_setting();
Setting<ServiceConfig> service_port_setting();
/// `vip` of a service that has no other.
Setting<ServiceConfig> only_vip(Setting<ServiceConfig> vip);

/// One of `vip` and `vips`.
void finish_vips(const YamlNode& service, const Scope& scope);
/// "tcp:10.10.0.100:80"; of several VIPs and ports the first ones.
std::string default_name(const ServiceConfig& service);

/// "any", a port, or LOW-HIGH.
Result<PortRange> parse_service_port(std::string_view text);

}  // namespace hvs::config
