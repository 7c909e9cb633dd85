// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/config.h"

// What ipvsadm writes otherwise than our configuration does, both ways.
namespace hvs::ipvs {

/// "-t", and so on.
[[nodiscard]] const char* service_option(L4Proto protocol);

/// "sh-port" and its like. IPVS numbers the flags, and gives each hashing scheduler names of its own for
/// them: flag-1 is the fallback, flag-2 the port.
Result<SchedulerFlags> parse_scheduler_flags(std::string_view scheduler,
                                             const std::vector<std::string>& words);

/// With commas between; empty: none.
[[nodiscard]] std::string scheduler_flags_text(SchedulerKind scheduler, const SchedulerFlags& flags);

/// The tunnel that packets to the dest enter.
[[nodiscard]] const TunnelConfig& tunnel_of(const ServiceConfig& service, const DestConfig& dest);

/// "gue:6080:+c": type, port and whether there is a checksum, as far as the type has them.
[[nodiscard]] std::string tunnel_info(const ServiceConfig& service, const DestConfig& dest);

/// The options that say it: "--tun-type gue --tun-port 6080 --tun-csum".
[[nodiscard]] std::string tunnel_options(const TunnelConfig& tunnel);

}  // namespace hvs::ipvs
