// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/ipvsadm/command.h"
#include "tools/ipvsadm/table.h"

// What ipvsadm prints, column by column, because scripts read it.
namespace hvs::ipvs {

/// The table in one of its forms.
std::string list_text(const VirtualTable& table, const Format& format);
/// The table as commands that make it again.
std::string save_text(const VirtualTable& table, bool numeric);
std::string timeout_text(const Timeouts& timeouts);

/// Heading of the connections, and one of the API's JSON lines as theirs.
std::string connections_heading(bool engines = false);
Result<std::string> connection_line(std::string_view json, bool numeric);
/// A client that a persistent service remembers: among connections, as in IPVS, without a port of its own.
Result<std::string> template_line(std::string_view json, bool numeric);

/// Connections by local address.
using LipUse = std::map<IpAddr, std::uint64_t>;
/// The local addresses of services, with how many connections come from each; DPVS's layout.
std::string local_address_text(const VirtualTable& table, const std::map<std::string, LipUse>& use,
                               bool numeric);

}  // namespace hvs::ipvs
