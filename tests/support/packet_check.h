// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Checksums by their definition (RFC 1071), for tests: shares nothing with net/checksum.h on purpose.
namespace hvs::test {

/// Internet checksum over `bytes`, in host byte order. The checksum field itself must be zero.
[[nodiscard]] std::uint16_t full_checksum(const std::vector<std::uint8_t>& bytes);

/// The same with the pseudo-header before it; `addresses` are source and destination, 8 or 32 bytes.
[[nodiscard]] std::uint16_t full_l4_checksum(const std::vector<std::uint8_t>& addresses,
                                             std::uint8_t protocol, const std::vector<std::uint8_t>& l4);

/// Recomputes every checksum that the frame carries: IPv4 header, TCP, UDP (zero over IPv4 is right), ICMP
/// and ICMPv6. Empty when all are right, else which one is wrong. Of fragments only the IPv4 header is
/// checked.
[[nodiscard]] std::string wrong_checksum(const std::vector<std::uint8_t>& frame);

/// "0000  02 00 ..." in lines of 16 bytes, for failure messages.
[[nodiscard]] std::string hex_dump(const std::vector<std::uint8_t>& bytes);

}  // namespace hvs::test
