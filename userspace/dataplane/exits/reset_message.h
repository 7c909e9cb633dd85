// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <span>

#include "net/parse.h"

// TCP resets, as bytes. A segment that ends a connection is answered with one, and may go on as one.
namespace hvs {

/// Sequence numbers that the segment uses up.
[[nodiscard]] std::uint32_t segment_length(const TcpHdr& tcp, const Parsed& p);

/// Bytes that reset_message() writes.
[[nodiscard]] std::uint16_t reset_message_bytes(Family family);

/// Writes the IP packet that answers the TCP segment of `frame`, which `p` was parsed from, with a reset from
/// the one that it was sent to (RFC 9293, 3.10.7.1). The segment is none itself.
void reset_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame, const Parsed& p);

/// Turns the TCP segment into a reset that its receiver accepts: the same sequence number, no payload. Not
/// for fragments. `p` follows.
void become_reset(std::uint8_t* frame, Parsed& p);

}  // namespace hvs
