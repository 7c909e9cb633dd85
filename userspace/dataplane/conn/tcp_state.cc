// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/tcp_state.h"

namespace hvs {

namespace {

constexpr TcpState after_fin(TcpState state, Direction direction) {
  const bool from_client = direction == Direction::to_dest;
  switch (state) {
    case TcpState::none:
    case TcpState::syn_sent:
    // A client's FIN proves nothing before its ACK does: the connection stays half-open, which gives way
    // first.
    case TcpState::syn_recv: return from_client ? state : TcpState::close_wait;
    case TcpState::established: return from_client ? TcpState::fin_wait : TcpState::close_wait;
    case TcpState::fin_wait: return from_client ? TcpState::fin_wait : TcpState::time_wait;
    case TcpState::close_wait: return from_client ? TcpState::last_ack : TcpState::close_wait;
    case TcpState::time_wait:
    case TcpState::last_ack:
    case TcpState::close: return state;
  }
  return state;
}

constexpr TcpState after_ack(TcpState state, Direction direction) {
  const bool from_client = direction == Direction::to_dest;
  switch (state) {
    case TcpState::syn_recv: return from_client ? TcpState::established : state;
    case TcpState::last_ack: return from_client ? state : TcpState::close;
    case TcpState::none:
    case TcpState::syn_sent:
    case TcpState::established:
    case TcpState::fin_wait:
    case TcpState::time_wait:
    case TcpState::close_wait:
    case TcpState::close: return state;
  }
  return state;
}

constexpr TcpState after_segment(TcpState state, Direction direction, std::uint8_t flags) {
  if ((flags & TcpHdr::kRst) != 0) return TcpState::close;
  if ((flags & TcpHdr::kSyn) != 0) {
    if (direction == Direction::to_dest) return state == TcpState::none ? TcpState::syn_sent : state;
    return state == TcpState::syn_sent ? TcpState::syn_recv : state;
  }
  if ((flags & TcpHdr::kFin) != 0)
    return after_fin((flags & TcpHdr::kAck) != 0 ? after_ack(state, direction) : state, direction);
  if ((flags & TcpHdr::kAck) != 0) return after_ack(state, direction);
  return state;
}

}  // namespace

constexpr TcpSteps::TcpSteps() {
  for (std::size_t s = 0; s < kTcpStates; ++s) {
    const auto state = static_cast<TcpState>(s);
    for (const Direction d : {Direction::to_dest, Direction::to_client}) {
      for (std::uint8_t flags = 0; flags < kColumns; ++flags)
        next_[row(state, d) + column(flags)] = after_segment(state, d, flags);
    }
  }
}
constinit const TcpSteps kTcpSteps;

TcpState next_tcp_state_one_way(TcpState state, std::uint8_t flags) {
  if ((flags & TcpHdr::kRst) != 0) return TcpState::close;
  if ((flags & TcpHdr::kSyn) != 0) return state == TcpState::none ? TcpState::syn_sent : state;
  const bool half_open = state == TcpState::none || state == TcpState::syn_sent;
  if ((flags & TcpHdr::kFin) != 0) {
    // Whose FIN came first cannot be seen: the dest may go on sending, which the client's ACKs tell.
    return half_open || state == TcpState::established ? TcpState::fin_wait : state;
  }
  return (flags & TcpHdr::kAck) != 0 && half_open ? TcpState::established : state;
}

}  // namespace hvs
