// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/classify/opening.h"
#include "dataplane/exits/abort_message.h"
#include "dataplane/exits/reset_message.h"
#include "dataplane/pipeline.h"
#include "dataplane/transform/edit.h"

// Connections whose dest has left its service, where the service says that they end (on_dest_removed). They
// are found by their next packet: what ends them must carry the sequence numbers of one. The rest of them
// end in their time.

namespace hvs {

template <typename F>
void Pipeline::part_from_removed(Frame* frames, FrameList& list) {
  auto& [keys, hashes, hits] = scratch<F>();
  const auto& table = tables_.conns<F>();
  unsigned kept = 0;
  for (unsigned i = 0; i < list.count; ++i) {
    auto hit = hits[i];
    if (hit.conn != nullptr) {
      if (closed_in_burst_) hit = table.lookup(keys[i], hashes[i]);
      if (hit.conn != nullptr && leaves_with_dest<F>(frames[list.at[i]], hit)) continue;
    }
    list.at[kept] = list.at[i];
    keys[kept] = keys[i];
    hashes[kept] = hashes[i];
    hits[kept++] = hit;
  }
  list.count = kept;
}

/// True when the frame has taken an exit. A connection that has ended is no hit any more.
template <typename F>
bool Pipeline::leaves_with_dest(Frame& frame, typename ConnTable<F>::Hit& hit) {
  Connection<F>& conn = *hit.conn;
  const OnDestRemoved policy = snapshot_->on_removed(conn.dest_slot());
  if (policy == OnDestRemoved::keep || conn.expired(now_ms_)) return false;
  const bool from_client = hit.direction == Direction::to_dest;
  const bool reset = policy == OnDestRemoved::reset;
  const auto end = [&] {
    tables_.counters().connections_dest_removed.inc();
    tables_.close(&conn);
    closed_in_burst_ = true;
    hit = {};
  };
  if (!has_states(conn.protocol)) {
    if (!from_client && !reset) return false;  // a last answer harms nobody
    tables_.service(conn.service()).drops.add(reset ? 1 : 0);
    end();
    if (!reset) return false;
    from_client ? exits_.reject(frame, Drop::dest_removed, now_ms_) : exits_.drop(frame, Drop::dest_removed);
    return true;
  }
  if (from_client && opens_connection(frame.bytes(), frame.parsed)) {
    end();  // it asks for a connection, and gets another one
    return false;
  }
  if (conn.state == TcpState::time_wait || conn.state == TcpState::last_ack || conn.state == TcpState::close)
    return false;  // it is nearly over by itself
  reset_both(frame, conn, hit.direction);
  end();
  return true;
}

/// The sender is answered, and its packet goes on as a reset, or as SCTP's ABORT: neither side keeps half of
/// a connection.
template <typename F>
void Pipeline::reset_both(Frame& frame, Connection<F>& conn, Direction d) {
  const bool tcp = conn.protocol == static_cast<std::uint8_t>(IpProto::tcp);
  tcp ? exits_.tcp_reset(frame) : exits_.sctp_abort(frame);
  if (frame.parsed.first_fragment) {
    (void)leave_by_drop(frame, conn, Drop::dest_removed);
    return;
  }
  tcp ? become_reset(frame.data, frame.parsed) : become_abort(frame.data, frame.parsed);
  pass_on(frame, conn, d);
}

template void Pipeline::part_from_removed<V4>(Frame*, FrameList&);
template void Pipeline::part_from_removed<V6>(Frame*, FrameList&);
template bool Pipeline::leaves_with_dest<V6>(Frame&, ConnTable<V6>::Hit&);

}  // namespace hvs
