// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/check.h"
#include "dataplane/classify/opening.h"
#include "dataplane/pipeline.h"
#include "dataplane/transform/edit.h"

// Steps of the way that are walked for every packet, and so are compiled into each way that has them.

namespace hvs {

/// By what fragments belong together: their protocol as well in IPv4 (RFC 791, 3.2), not in IPv6 (RFC 8200,
/// 4.5), whose later ones may name an extension header.
template <typename F>
typename FragmentTable<F>::Key fragment_key(const Frame& frame) {
  const auto& ip = header_at<typename IpHeader<F>::Type>(frame.data, frame.parsed.l3);
  const std::uint8_t protocol = F::family == Family::ipv4 ? frame.parsed.protocol : std::uint8_t{0};
  return {IpHeader<F>::src(ip), IpHeader<F>::dst(ip), frame.parsed.fragment_id, protocol};
}

/// States in which a client may use its port again; UDP has none of them.
constexpr bool is_ending(TcpState state) { return state >= TcpState::fin_wait; }
static_assert(is_ending(TcpState::fin_wait) && is_ending(TcpState::time_wait) &&
              is_ending(TcpState::last_ack) && is_ending(TcpState::close));
static_assert(!is_ending(TcpState::none) && !is_ending(TcpState::syn_sent) &&
              !is_ending(TcpState::syn_recv) && !is_ending(TcpState::established) &&
              !is_ending(TcpState::close_wait));

template <typename F>
[[gnu::always_inline]] inline bool Pipeline::is_over(const Frame& frame, const Connection<F>& conn,
                                                     Direction d) const {
  if (conn.expired(now_ms_)) return true;
  // A client that uses a port again begins a new connection (RFC 9293, 3.10.7.4, TIME-WAIT).
  if (HVS_LIKELY(!is_ending(conn.state)) || d != Direction::to_dest) return false;
  if (conn.state == TcpState::fin_wait && sees_replies(conn.mode)) return false;
  return opens_connection(frame.bytes(), frame.parsed);
}

template <typename F>
[[gnu::always_inline]] inline void Pipeline::track(const Frame& frame, Connection<F>& conn, Direction d,
                                                   std::uint16_t l4) {
  conn.stamp_ms = now_ms_;
  if (conn.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    constexpr unsigned kNews = TcpHdr::kSyn | TcpHdr::kFin | TcpHdr::kRst;
    const std::uint8_t flags = header_at<TcpHdr>(frame.data, l4).flags;
    if (HVS_LIKELY(conn.state == TcpState::established && (flags & kNews) == 0)) return;
    track_tcp(frame, conn, d, flags);
  } else if (HVS_UNLIKELY(conn.protocol == static_cast<std::uint8_t>(IpProto::sctp))) {
    track_sctp(frame, conn, d);
  } else if (d == Direction::to_client) {
    if (HVS_UNLIKELY(!conn.replied)) conn.replied = true;
  } else if (HVS_UNLIKELY(!conn.assured)) {
    track_client(conn);
  }
}

template <typename F>
[[gnu::always_inline]] inline void Pipeline::count(const Frame& frame, const ServerSide<F>& side,
                                                   Direction d) {
  ServiceCounters& service = tables_.service(side.service);
  DestCounters& dest = tables_.dest(side.dest_slot);
  TrafficCounters& s = d == Direction::to_dest ? service.to_dest : service.to_client;
  TrafficCounters& r = d == Direction::to_dest ? dest.to_dest : dest.to_client;
  s.packets.inc();
  s.bytes.add(frame.length);
  r.packets.inc();
  r.bytes.add(frame.length);
}

}  // namespace hvs
