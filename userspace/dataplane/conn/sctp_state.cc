// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/sctp_state.h"

namespace hvs {

TcpState next_sctp_state(TcpState state, Direction direction, SctpChunk chunk) {
  const bool from_client = direction == Direction::to_dest;
  switch (chunk) {
    // An INIT within an association restarts it, and nothing has changed before its cookie is back (5.2.2).
    case SctpChunk::init: return from_client && state == TcpState::none ? TcpState::syn_sent : state;
    case SctpChunk::init_ack: return !from_client && state == TcpState::syn_sent ? TcpState::syn_recv : state;
    case SctpChunk::cookie_echo: return state;
    // A COOKIE ACK in any state: the association was restarted.
    case SctpChunk::cookie_ack:
      return !from_client && state != TcpState::close ? TcpState::established : state;
    case SctpChunk::shutdown:
      if (state == TcpState::last_ack || state == TcpState::close) return state;
      return from_client ? TcpState::fin_wait : TcpState::close_wait;
    case SctpChunk::shutdown_ack: return state == TcpState::close ? state : TcpState::last_ack;
    case SctpChunk::shutdown_complete:
    case SctpChunk::abort: return TcpState::close;
  }
  return state;  // data, heartbeats, errors
}

TcpState next_sctp_state_one_way(TcpState state, SctpChunk chunk) {
  switch (chunk) {
    case SctpChunk::init: return state == TcpState::none ? TcpState::syn_sent : state;
    case SctpChunk::cookie_echo: return state == TcpState::close ? state : TcpState::established;
    case SctpChunk::shutdown:
    case SctpChunk::shutdown_ack: return state == TcpState::close ? state : TcpState::fin_wait;
    case SctpChunk::shutdown_complete:
    case SctpChunk::abort: return TcpState::close;
    case SctpChunk::init_ack:
    case SctpChunk::cookie_ack: return state;  // the dest's
  }
  return state;
}

}  // namespace hvs
