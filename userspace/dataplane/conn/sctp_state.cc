// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/sctp_state.h"

namespace hvs {

namespace {

constexpr unsigned kMostChunks = 8;

/// Behind which there are no control chunks (RFC 9260, 6.10). I-DATA is RFC 8260's.
bool is_data(SctpChunk chunk) {
  constexpr std::uint8_t kData = 0;
  constexpr std::uint8_t kIData = 64;
  const auto type = static_cast<std::uint8_t>(chunk);
  return type == kData || type == kIData;
}

/// Behind another chunk (RFC 9260, 3.3.7), say a COOKIE ACK or ERROR. The others come first or alone
/// (5.1, 6.10).
bool may_follow(SctpChunk chunk) {
  return chunk == SctpChunk::abort || chunk == SctpChunk::shutdown || chunk == SctpChunk::shutdown_ack;
}

}  // namespace

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

TcpState sctp_state_after(Reader packet, std::size_t at, TcpState state, Direction direction,
                          bool sees_both) {
  for (unsigned seen = 0; seen < kMostChunks; ++seen) {
    const auto* chunk = packet.at<SctpChunkHdr>(at);
    if (chunk == nullptr) return state;  // so it is at the end; a first fragment may end before the first one
    const SctpChunk type = chunk->type.host();
    const std::size_t bytes = chunk->length.host();
    const bool whole = bytes >= sizeof *chunk && bytes <= packet.size() - at;
    if (seen == 0 || (whole && may_follow(type)))
      state = sees_both ? next_sctp_state(state, direction, type) : next_sctp_state_one_way(state, type);
    if (!whole || is_data(type)) return state;
    at += (bytes + 3) / 4 * 4;
  }
  return state;
}

}  // namespace hvs
