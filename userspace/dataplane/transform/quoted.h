// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/checksum.h"
#include "net/parse.h"

// What an ICMP error quotes of an L4 header.
namespace hvs {

/// Where the quoted packet of an ICMP error ends, and what RFC 4884 lets follow it begins.
[[nodiscard]] std::uint16_t end_of_quote(const std::uint8_t* frame, const Parsed& p);

/// A 16-bit field of the quote that changes, under the quoted L4 checksum and that of the error.
void edit_quoted(Be16& field, std::uint16_t value, ChecksumDelta& l4, ChecksumDelta& icmp);

/// Quoted ports and what the quote has of their checksum. `l4` is what the quoted pseudo-header changed by,
/// `sctp_bytes` the length of the quoted packet if it is SCTP; what all that changes in the sum over the ICMP
/// message is added to `icmp`.
void edit_quoted_ports(std::uint8_t* frame, const Parsed& p, const FlowPorts& to, std::size_t sctp_bytes,
                       ChecksumDelta l4, ChecksumDelta& icmp);

}  // namespace hvs
