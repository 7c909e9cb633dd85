// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/names.h"
#include "net/headers.h"

namespace hvs {

enum class Direction : std::uint8_t { to_dest, to_client };
constexpr Direction opposite(Direction d) {
  return d == Direction::to_dest ? Direction::to_client : Direction::to_dest;
}

/// Where each flag of a segment takes each state, in each direction: a look at a table has no branches, whose
/// ways a CPU cannot know before it has seen the segment.
class TcpSteps {
 public:
  constexpr TcpSteps();
  [[nodiscard]] constexpr TcpState after(TcpState state, Direction direction, std::uint8_t flags) const {
    return next_[row(state, direction) + column(flags)];
  }

 private:
  static constexpr std::size_t kColumns = 32;
  static constexpr std::size_t row(TcpState state, Direction direction) {
    return (static_cast<std::size_t>(state) * 2 + static_cast<std::size_t>(direction)) * kColumns;
  }
  /// FIN, SYN, RST, ACK, and PSH between them, which says nothing.
  static constexpr std::size_t column(std::uint8_t flags) {
    static_assert((TcpHdr::kFin | TcpHdr::kSyn | TcpHdr::kRst | TcpHdr::kAck) < kColumns);
    return flags % kColumns;
  }
  std::array<TcpState, kTcpStates * 2 * kColumns> next_{};
};
extern const TcpSteps kTcpSteps;

/// The state of a tracked TCP connection after a segment with `flags` went in `direction`. It follows the
/// endpoints (RFC 9293, figure 5) as far as a third party can: it never refuses a segment, it only decides
/// how long the connection may stay idle.
[[nodiscard]] inline TcpState next_tcp_state(TcpState state, Direction direction, std::uint8_t flags) {
  return kTcpSteps.after(state, direction, flags);
}

/// The same where only the client's segments pass: its ACK says that the dest has answered.
[[nodiscard]] TcpState next_tcp_state_one_way(TcpState state, std::uint8_t flags);

}  // namespace hvs
