// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "net/ip_addr.h"

// The text forms of values. Errors carry `what` and `fix`; the caller knows where.
namespace hvs::config {

/// Decimal, no sign, no leading zeros (YAML 1.1 would read those as octal).
Result<std::uint64_t> parse_integer(std::string_view text);
/// "268435456", "262144KiB", "256MiB", "1GiB".
Result<std::uint64_t> parse_bytes(std::string_view text);
/// "900", "900s", "15m", "2h", "1d".
Result<std::chrono::seconds> parse_duration(std::string_view text);
/// "LOW-HIGH", both inclusive, or a single port.
Result<std::pair<L4Port, L4Port>> parse_port_range(std::string_view text);

/// "10.0.0.0/8"; an address by itself is a network of its own.
Result<IpPrefix> parse_network(std::string_view text);

/// "10.20.0.10-10.20.0.13", "10.20.0.16/29" (every address of it) or a single address, either family.
/// More than `max` addresses are an error.
Result<std::vector<IpAddr>> parse_addresses(std::string_view text, std::size_t max);

/// The shortest text that the parsers above read back as the same value.
std::string bytes_text(std::uint64_t bytes);
/// "10.20.0.21:8080", "[fd20::21]:8080": an address with what should be said elsewhere.
bool has_port(std::string_view text);
std::string duration_text(std::chrono::seconds value);
std::string port_range_text(L4Port low, L4Port high);
/// Neighbouring addresses joined into ranges, order kept.
std::vector<std::string> address_texts(const std::vector<IpAddr>& addresses);

/// Why an address can be neither VIP, LIP nor dest: multicast, loopback, unspecified ...; empty: it can.
std::string_view unusable_address(const IpAddr& addr);

}  // namespace hvs::config
