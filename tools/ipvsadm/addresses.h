// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/ids.h"
#include "model/names.h"
#include "model/port_range.h"
#include "net/ip_addr.h"

// Addresses and ports as ipvsadm reads and writes them.
namespace hvs::ipvs {

struct HostPort {
  IpAddr host;
  std::optional<L4Port> port;
};

/// "host[:port]" or "[host]:port"; a host may be a name, and a port the name of a service.
Result<HostPort> parse_host_port(std::string_view text, L4Proto protocol);
struct HostPorts {
  IpAddr host;
  std::optional<PortRange> port;
};
/// Of a service: port 0 is any port, and unlike ipvsadm's it may be a range, LOW-HIGH.
Result<HostPorts> parse_service_address(std::string_view text, L4Proto protocol);
/// A number in decimal, nothing else, of at most `max`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max);

/// "192.0.2.10:80", "[fd10::100]:53"; with names where there are some, unless `numeric`.
std::string host_port_text(const IpAddr& host, const PortRange& ports, L4Proto protocol, bool numeric);
std::string host_port_text(const IpAddr& host, L4Port port, L4Proto protocol, bool numeric);
std::string host_text(const IpAddr& host, bool numeric);

}  // namespace hvs::ipvs
