// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "base/check.h"
#include "dataplane/conn/sctp_state.h"
#include "dataplane/exits/reset_message.h"
#include "dataplane/pipeline.h"
#include "dataplane/schedule/open_connection.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/mss.h"

// What packets of a connection say about its life, where pipeline.cc sees that they say something.

namespace hvs {

namespace {

template <typename F>
std::uint32_t short_of_fin(const Frame& frame, const Connection<F>& conn) {
  return conn.short_of_fin(header_at<TcpHdr>(frame.data, frame.parsed.l4).ack.host());
}

/// Acknowledges the other side's FIN, whose end the connection remembers, and not only what came before it.
template <typename F>
bool acknowledges_fin(const Frame& frame, const Connection<F>& conn) {
  return short_of_fin(frame, conn) == 0;
}

}  // namespace

/// The dest closed first and has acknowledged the client's FIN, so it is in TIME_WAIT now, with this client's
/// timestamps and sequence numbers. The next connection over the local port may be any client's, and the dest
/// would refuse it (RFC 7323, 5.3; RFC 9293, 3.10.7.4). Its ACK says the number that a reset must have. When
/// both have closed at once, it is in CLOSING instead, and what it sent may still have to be sent again.
///
/// An ACK of what lies just a multiple of 256 KiB before the FIN looks the same (Connection::mark_fin). A
/// dest that is so far behind has mostly shown it by another ACK before (step_by_fin_mark), and is not reset:
/// where the dest closes first, and 256 KiB or more are on their way to it when the client closes, one
/// connection of 130,000 is reset too early.
template <typename F>
bool Pipeline::ends_time_wait(const Frame& frame, const Connection<F>& conn, Direction d,
                              TcpState next) const {
  if (conn.state != TcpState::last_ack || next != TcpState::close || d != Direction::to_client ||
      conn.mode != ForwardingMode::fullnat || !conn.dest_done || !acknowledges_fin(frame, conn))
    return false;
  const Service* service = snapshot_->service(conn.service());
  return service != nullptr && service->dest_time_wait == DestTimeWait::reset;
}

/// Every state has a time of silence after which the connection ends.
template <typename F>
[[gnu::always_inline]] inline void Pipeline::enter_state(Connection<F>& conn, TcpState next) {
  tables_.change_state(conn, next, idle_of(conn.service()).tcp[static_cast<std::size_t>(next)]);
}

/// Short, and without calls: of the eight segments of a short connection's life six come here.
template <typename F>
[[gnu::always_inline]] inline void Pipeline::step_tcp(const Frame& frame, Connection<F>& conn, Direction d,
                                                      std::uint8_t flags) {
  const TcpState next = next_tcp_state(conn.state, d, flags);
  if (next == conn.state) return;
  if (HVS_UNLIKELY(next == TcpState::close_wait || next == TcpState::last_ack ||
                   conn.state == TcpState::last_ack))
    return step_by_fin_mark(frame, conn, d, flags, next);
  enter_state(conn, next);
}

template <typename F>
void Pipeline::track_tcp(const Frame& frame, Connection<F>& conn, Direction d, std::uint8_t flags) {
  if (HVS_UNLIKELY(!sees_replies(conn.mode))) return track_tcp_one_way(frame, conn, flags);
  if ((flags & TcpHdr::kSyn) != 0) return track_syn(frame, conn, d, flags);
  step_tcp(frame, conn, d, flags);
}

template <typename F>
[[gnu::noinline]] void Pipeline::track_syn(const Frame& frame, Connection<F>& conn, Direction d,
                                           std::uint8_t flags) {
  if (HVS_UNLIKELY(!mss_is_within(frame.data, frame.parsed, least_mss<F>()))) limit_mss(frame, conn, d);
  step_tcp(frame, conn, d, flags);
}

template <typename F>
[[gnu::noinline]] void Pipeline::track_tcp_one_way(const Frame& frame, Connection<F>& conn,
                                                   std::uint8_t flags) {
  if ((flags & TcpHdr::kSyn) != 0) limit_mss(frame, conn, Direction::to_dest);
  const TcpState next = next_tcp_state_one_way(conn.state, flags);
  if (next != conn.state) enter_state(conn, next);
}

/// Steps that one side's FIN makes, and those that need its acknowledgement.
template <typename F>
[[gnu::noinline]] void Pipeline::step_by_fin_mark(const Frame& frame, Connection<F>& conn, Direction d,
                                                  std::uint8_t flags, TcpState next) {
  // What the dest sent before it had the client's FIN, its own FIN once more for one, does not end it.
  if (conn.state == TcpState::last_ack && d == Direction::to_client && (flags & TcpHdr::kRst) == 0) {
    const std::uint32_t missing = short_of_fin(frame, conn);
    // So much is on its way to the dest that what acknowledges the FIN cannot be told: no reset.
    if (missing > Connection<F>::kFinMarks / 2) conn.dest_done = false;
    if (missing != 0) return;
  }
  if (next == TcpState::close_wait || next == TcpState::last_ack) {
    const auto& tcp = header_at<TcpHdr>(frame.data, frame.parsed.l4);
    conn.dest_done = next == TcpState::last_ack && acknowledges_fin(frame, conn);
    conn.mark_fin(tcp.seq.host() + segment_length(tcp, frame.parsed));
  }
  if (ends_time_wait(frame, conn, d, next)) exits_.tcp_reset(frame);
  enter_state(conn, next);
}

/// Another connection of the client's port, by another VIP, has the answers of its dest. The client has sent
/// something by this one now, and waits for its answer.
template <typename F>
bool Pipeline::take_answers_back(Connection<F>& conn) {
  auto& table = tables_.conns<F>();
  if (const auto holder = table.find(conn.key(Direction::to_client)); holder.conn != nullptr) {
    if (!makes_way<F>(holder, conn.key(Direction::to_dest))) return false;
    make_way<F>(tables_, holder);
    closed_in_burst_ = true;
  }
  return table.take_replies_back(&conn);
}

template <typename F>
void Pipeline::track_client(Connection<F>& conn) {
  if (HVS_UNLIKELY(conn.answers_lent) && !take_answers_back(conn)) return;
  // An answer alone proves nothing, a spoofed query gets one; a client that goes on after it is real. Where
  // answers pass us by, a second packet has to do.
  if (!conn.replied) {
    conn.replied = !sees_replies(conn.mode);
    return;
  }
  conn.assured = true;
  tables_.conns<F>().limit_idle(conn, idle_of(conn.service()).udp, now_ms_);
}

template <typename F>
void Pipeline::track_sctp(const Frame& frame, Connection<F>& conn, Direction d) {
  const TcpState next =
      sctp_state_after(frame.bytes().first(frame.parsed.end), frame.parsed.l4 + sizeof(SctpHdr), conn.state,
                       d, sees_replies(conn.mode));
  if (next == conn.state) return;
  tables_.change_state(conn, next, idle_of(conn.service()).of(conn.protocol, next));
}

const IdleLimits& Pipeline::idle_of(ServiceSlot slot) const {
  const Service* service = snapshot_->service(slot);
  return service != nullptr ? service->idle : default_idle_;  // a removed service's connections go on
}

template void Pipeline::track_tcp<V4>(const Frame&, Connection<V4>&, Direction, std::uint8_t);
template void Pipeline::track_tcp<V6>(const Frame&, Connection<V6>&, Direction, std::uint8_t);
template void Pipeline::track_sctp<V4>(const Frame&, Connection<V4>&, Direction);
template void Pipeline::track_sctp<V6>(const Frame&, Connection<V6>&, Direction);
template void Pipeline::track_client<V4>(Connection<V4>&);
template void Pipeline::track_client<V6>(Connection<V6>&);

}  // namespace hvs
