// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/sctp_state.h"
#include "dataplane/pipeline.h"

// What packets of a connection say about its life, where pipeline.cc sees that they say something.

namespace hvs {

template <typename F>
void Pipeline::track_tcp(Connection<F>& conn, Direction d, std::uint8_t flags) {
  const TcpState next = sees_replies(conn.mode) ? next_tcp_state(conn.state, d, flags)
                                                : next_tcp_state_one_way(conn.state, flags);
  if (next == conn.state) return;
  tables_.change_state(conn, next);
  conn.idle_limit_ms = idle_of(conn.service).tcp[static_cast<std::size_t>(next)];
}

template <typename F>
void Pipeline::track_client(Connection<F>& conn) {
  // An answer alone proves nothing, a spoofed query gets one; a client that goes on after it is real. Where
  // answers pass us by, a second packet has to do.
  if (!conn.replied) {
    conn.replied = !sees_replies(conn.mode);
    return;
  }
  conn.assured = true;
  conn.idle_limit_ms = idle_of(conn.service).udp;
}

template <typename F>
void Pipeline::track_sctp(const Frame& frame, Connection<F>& conn, Direction d) {
  const auto* first = frame.bytes().at<SctpChunkHdr>(frame.parsed.l4 + sizeof(SctpHdr));
  if (first == nullptr) return;  // a first fragment may end before
  const SctpChunk chunk = first->type.host();
  const TcpState next = sees_replies(conn.mode) ? next_sctp_state(conn.state, d, chunk)
                                                : next_sctp_state_one_way(conn.state, chunk);
  if (next == conn.state) return;
  tables_.change_state(conn, next);
  conn.idle_limit_ms = idle_of(conn.service).of(conn.protocol, next);
}

const IdleLimits& Pipeline::idle_of(ServiceSlot slot) const {
  const Service* service = snapshot_->service(slot);
  return service != nullptr ? service->idle : default_idle_;  // a removed service's connections go on
}

template void Pipeline::track_tcp<V4>(Connection<V4>&, Direction, std::uint8_t);
template void Pipeline::track_tcp<V6>(Connection<V6>&, Direction, std::uint8_t);
template void Pipeline::track_sctp<V4>(const Frame&, Connection<V4>&, Direction);
template void Pipeline::track_sctp<V6>(const Frame&, Connection<V6>&, Direction);
template void Pipeline::track_client<V4>(Connection<V4>&);
template void Pipeline::track_client<V6>(Connection<V6>&);

}  // namespace hvs
