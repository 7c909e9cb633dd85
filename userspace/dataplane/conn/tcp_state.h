// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "model/names.h"

namespace hvs {

enum class Direction : std::uint8_t { to_dest, to_client };
constexpr Direction opposite(Direction d) {
  return d == Direction::to_dest ? Direction::to_client : Direction::to_dest;
}

/// The state of a tracked TCP connection after a segment with `flags` went in `direction`. It follows the
/// endpoints (RFC 9293, figure 5) as far as a third party can: it never refuses a segment, it only decides
/// how long the connection may stay idle.
[[nodiscard]] TcpState next_tcp_state(TcpState state, Direction direction, std::uint8_t flags);

/// The same where only the client's segments pass: its ACK says that the dest has answered.
[[nodiscard]] TcpState next_tcp_state_one_way(TcpState state, std::uint8_t flags);

}  // namespace hvs
