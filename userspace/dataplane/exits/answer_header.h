// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/parse.h"

namespace hvs {

/// Writes the IP header of the packet `out` that goes from where the packet of `frame`, which `p` was parsed
/// from, was sent to, back to its sender. Returns the header's length.
std::size_t write_answer_header(std::span<std::uint8_t> out, std::span<const std::uint8_t> frame,
                                const Parsed& p, IpProto protocol);

/// `p.end` was moved: the IP header of `frame` says so.
void shorten_packet(std::uint8_t* frame, const Parsed& p);

}  // namespace hvs
