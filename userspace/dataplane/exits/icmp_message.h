// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/ip_addr.h"

namespace hvs {

enum class IcmpProblem : std::uint8_t { time_exceeded, too_big, unreachable, port_unreachable, source_route };

/// Most of an offending packet that an ICMP error quotes: RFC 1812 (576 bytes in all) and RFC 4443 (1,280).
inline constexpr std::uint16_t kMaxQuoteV4 = 576 - 20 - 8;
inline constexpr std::uint16_t kMaxQuoteV6 = 1280 - 40 - 8;

/// Bytes that icmp_message() writes for an offending packet of `offending` bytes.
[[nodiscard]] std::uint16_t icmp_message_bytes(Family family, std::size_t offending);

/// Writes an ICMP error (RFC 792, RFC 1191; RFC 4443) from `source` to the sender of `offending`, which is a
/// whole IP packet, into `out` of icmp_message_bytes(). `mtu` is used by too_big; IPv6 senders are told no
/// less than kLeastIpv6Mtu.
void icmp_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> offending, Family family,
                  const IpAddr& source, IcmpProblem problem, std::uint16_t mtu);

}  // namespace hvs
