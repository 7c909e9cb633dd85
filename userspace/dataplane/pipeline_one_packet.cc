// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/pipeline.h"
#include "dataplane/schedule/client_template.h"
#include "dataplane/schedule/open_connection.h"

// One-packet scheduling: each datagram of a client is placed for itself, whatever dest the one before went
// to; of a service with persistence, where the client's template says, as in IPVS. Where answers pass us by,
// that takes no connection. Mode nat has one for each client's port and dest, which its answers alone find; a
// packet in fragments has one that only its later fragments find.

namespace hvs {

namespace {

template <typename F>
LooseConnection<F> placed_at(const Dest& dest, const FlowKey<F>& flow, const Service& service,
                             std::uint32_t now_ms) {
  LooseConnection<F> conn;
  conn.client = flow.src;
  conn.client_port = flow.src_port;
  conn.vip = flow.dst;
  conn.vip_port = flow.dst_port;
  if (dest.addr.family == F::family)
    conn.side().dest = F::from(dest.addr);  // a tunnel's end may be of the other
  conn.dest_port = dest.port.value == 0 ? flow.dst_port : Be16{dest.port.value}.raw();
  if (sees_replies(dest.mode)) {
    conn.side().lip = conn.client;
    conn.lip_port = conn.client_port;
  }
  conn.protocol = flow.protocol;
  conn.mode = dest.mode;
  conn.side().service = service.slot;
  conn.side().dest_slot = dest.slot;
  conn.stamp_ms = now_ms;
  conn.idle_limit_ms = service.idle.udp_unreplied;
  conn.one_packet = true;
  return conn;
}

}  // namespace

template <typename F>
typename ConnTable<F>::Hit Pipeline::admit_datagram(Frame& frame, const FlowKey<F>& key,
                                                    const Service& service) {
  const NewFlow asks{F::to_ip(key.src), L4Port{Be16::from_raw(key.src_port).host()}, F::to_ip(key.dst)};
  const PickContext context{asks, tables_.shared(), now_ms_};
  SchedulerState& scheduler = schedulers_[service.slot.index()];
  PlaceAtDest place(tables_.shared().loads, begins_active(key.protocol));
  ClientTemplate held(tables_, now_ms_);
  const Dest* dest = HVS_UNLIKELY(service.persistence.has_value())
                         ? held.find(place, service, scheduler, context)
                         : schedule(service, scheduler, context);
  if (dest == nullptr) {
    refuse_new(frame, service, Drop::no_dest);
    return {};
  }
  LooseConnection<F> placed = placed_at(*dest, key, service, now_ms_);
  if (sees_replies(dest->mode) || frame.parsed.first_fragment)
    return record_datagram(frame, placed, *dest, place, held);
  tables_.service(service.slot).connections.inc();
  tables_.dest(dest->slot).connections.inc();
  pass_on(frame, placed, Direction::to_dest);
  return {};
}

/// The record of the client's port and this dest, an old one or a new one.
template <typename F>
typename ConnTable<F>::Hit Pipeline::record_datagram(Frame& frame, const Connection<F>& placed,
                                                     const Dest& dest, PlaceAtDest& place,
                                                     ClientTemplate& held) {
  auto& table = tables_.conns<F>();
  const Service& service = *snapshot_->service(placed.service());
  const auto refused = [&](Drop reason) -> typename ConnTable<F>::Hit {
    refuse_new(frame, service, reason);
    return {};
  };
  typename ConnTable<F>::Hit other;  // makes way, but for nobody who is refused
  if (sees_replies(placed.mode)) {
    if (!table.settled()) settle<F>();
    const auto old = table.lookup(placed.key(Direction::to_client));
    const FlowKey<F> key = placed.key(Direction::to_dest);
    if (old.conn != nullptr && old.conn->expired(now_ms_)) {
      tables_.counters().connections_expired.inc();
      tables_.close(old.conn);
      closed_in_burst_ = true;
    } else if (old.conn != nullptr && old.conn->one_packet && old.conn->key(Direction::to_dest) == key) {
      tables_.service(service.slot).connections.inc();
      tables_.dest(dest.slot).connections.inc();
      return {old.conn, Direction::to_dest};
    } else if (old.conn != nullptr) {
      if (!makes_way<F>(old, key)) return refused(Drop::tuple_taken);
      other = old;
    }
  }
  if (!place.open(dest)) return refused(Drop::no_dest);
  // Who ends leaves room. Who only lends the answers does so when there is room for the one they are lent to.
  const bool lends = other.conn != nullptr && stays_lending(other);
  if (other.conn != nullptr && !lends) {
    make_way<F>(tables_, other);
    closed_in_burst_ = true;
  }
  bool evicted = false;
  Connection<F>* conn = tables_.make_room(evicted) ? table.allocate() : nullptr;
  if (evicted) closed_in_burst_ = true;
  if (conn != nullptr) {
    // It may be the one that was evicted.
    if (lends && (!evicted || table.find(placed.key(Direction::to_client)).conn == other.conn)) {
      make_way<F>(tables_, other);
      closed_in_burst_ = true;
    }
    conn->become(placed);
    table.limit_idle(*conn, placed.idle_limit_ms, now_ms_);
    if (!table.insert_for_replies(conn)) {
      table.release(conn);
      conn = nullptr;
    }
  }
  if (conn == nullptr) return refused(Drop::conn_table_full);
  place.keep();
  held.keep(*conn);
  tables_.count_opened(*conn);
  return {conn, Direction::to_dest};
}

template ConnTable<V4>::Hit Pipeline::admit_datagram<V4>(Frame&, const FlowKey<V4>&, const Service&);
template ConnTable<V6>::Hit Pipeline::admit_datagram<V6>(Frame&, const FlowKey<V6>&, const Service&);

}  // namespace hvs
