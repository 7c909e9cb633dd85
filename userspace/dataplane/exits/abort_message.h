// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <span>

#include "net/parse.h"

// SCTP ABORTs, as bytes: what resets are for TCP (reset_message.h).
namespace hvs {

/// Bytes that abort_message() writes.
[[nodiscard]] std::uint16_t abort_message_bytes(Family family);

/// Writes the IP packet that answers the SCTP packet of `frame`, which `p` was parsed from, with an ABORT
/// from the one that it was sent to: to an INIT with the tag that it asks for, else with its own tag
/// reflected (RFC 9260, 8.4). False for a packet that must not be answered: it ends an association itself.
[[nodiscard]] bool abort_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame,
                                 const Parsed& p);

/// Turns the SCTP packet into an ABORT that its receiver accepts: the same tag, no other chunk. Not for
/// fragments. `p` follows.
void become_abort(std::uint8_t* frame, Parsed& p);

}  // namespace hvs
