// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hvs::golden {

/// A frame in one line for people: "IPv4 192.0.2.1 > 10.10.0.100 ttl 64 TCP 40000 > 80 [S], 54 bytes".
std::string describe(const std::vector<std::uint8_t>& frame);

/// The name of the header field that a byte of the frame belongs to, "TCP checksum".
std::string field_at(const std::vector<std::uint8_t>& frame, std::size_t offset);

/// Where two frames differ, field by field, then both in hexadecimal. Empty when they are equal.
std::string difference(const std::vector<std::uint8_t>& got, const std::vector<std::uint8_t>& wanted);

}  // namespace hvs::golden
