// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>

#include "dataplane/frame.h"

namespace hvs {

/// Most pieces that a packet is cut into: the largest frame that rx takes, over the smallest sensible MTU.
inline constexpr unsigned kMaxPieces = 32;
using Pieces = std::array<Frame, kMaxPieces>;

/// Cuts the IPv4 packet [l3, end) of the frame, which has no DF, into fragments of `mtu` bytes at most (RFC
/// 791, 3.2); a fragment is cut further. Takes the frame. Each piece begins with its IP header. Returns how
/// many there are; 0: no buffers, or too many pieces.
[[nodiscard]] unsigned fragment_ipv4(const Frame& frame, std::uint16_t l3, std::uint16_t end,
                                     std::uint16_t mtu, Pieces& pieces);

}  // namespace hvs
