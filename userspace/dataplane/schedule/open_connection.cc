// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/open_connection.h"

#include "base/check.h"
#include "dataplane/schedule/client_template.h"

namespace hvs {

namespace {

/// So many connections in a row begin at the same LIP: their ports, counted up one by one, lie in the same
/// few cache lines (docs/performance.md).
constexpr unsigned kLipRun = 256;

/// A local port from the service's pool: the LIPs are tried in turn, beginning at the one whose turn it is,
/// so that they fill evenly.
template <typename F>
bool take_local_port(LipPorts& ports, const LipPool& pool, const Dest& dest, std::uint64_t turn,
                     Connection<F>& conn) {
  const auto& lips = pool.of(F::family);
  const L4Port dest_port{Be16::from_raw(conn.dest_port).host()};
  for (std::size_t i = 0; i < lips.size(); ++i) {
    const IpAddr& lip = lips[(turn + i) % lips.size()];
    LipPorts::Allocation taken;
    if (!ports.take_port({lip, dest.addr, dest_port, conn.protocol}, pool.port_low, pool.port_high, taken))
      continue;
    conn.lip = F::from(lip);
    conn.lip_port = Be16{taken.port.value}.raw();
    conn.port_pool = taken.pool & 0xffffffU;
    return true;
  }
  return false;
}

/// Where the dest sends its answers to: a local port of ours, or in mode nat the client. Nothing where they
/// do not come through us.
template <typename F>
bool set_return_address(WorkerTables& tables, const Service& service, const Dest& dest, std::uint64_t turn,
                        Connection<F>& conn) {
  if (has_local_port(dest.mode))
    return take_local_port<F>(tables.lip_ports(), *service.lips, dest, turn, conn);
  if (!sees_replies(dest.mode)) return true;
  conn.lip = conn.client;
  conn.lip_port = conn.client_port;
  return true;
}

/// Ends a connection that holds `key` and whose time is over, though nobody has swept it yet. True: it did.
template <typename F>
bool close_if_over(WorkerTables& tables, const FlowKey<F>& key, std::uint32_t now_ms) {
  const auto holder = tables.conns<F>().lookup(key);
  if (holder.conn == nullptr || !holder.conn->expired(now_ms)) return false;
  tables.close(holder.conn);
  tables.counters().connections_expired.inc();
  return true;
}

}  // namespace

template <typename F>
Opened<F> open_connection(WorkerTables& tables, SchedulerState& scheduler, const Service& service,
                          const FlowKey<F>& flow, std::uint64_t hash, std::uint32_t now_ms) {
  PlaceAtDest place(tables.shared().loads, !has_states(flow.protocol));
  const NewFlow asks{F::to_ip(flow.src), L4Port{Be16::from_raw(flow.src_port).host()}, F::to_ip(flow.dst)};
  const PickContext context{asks, tables.shared(), now_ms};
  ClientTemplate held(tables, now_ms);
  const Dest* dest = HVS_UNLIKELY(service.persistence.has_value())
                         ? held.find(place, service, scheduler, context)
                         : place.find(service, scheduler, context);
  if (dest == nullptr) return {nullptr, Drop::no_dest};
  auto& table = tables.conns<F>();
  bool evicted = false;
  Connection<F>* conn = tables.make_room(evicted) ? table.allocate() : nullptr;
  if (conn == nullptr) return {nullptr, Drop::conn_table_full, evicted};

  conn->client = flow.src;
  conn->client_port = flow.src_port;
  conn->vip = flow.dst;
  conn->vip_port = flow.dst_port;
  // A tunnel's end may be of the other family; packets keep their own destination anyway.
  if (dest->addr.family == F::family) conn->dest = F::from(dest->addr);
  conn->dest_port = dest->port.value == 0 ? flow.dst_port : Be16{dest->port.value}.raw();
  conn->protocol = flow.protocol;
  conn->mode = dest->mode;
  conn->service = service.slot;
  conn->dest_slot = dest->slot;
  conn->stamp_ms = now_ms;
  conn->idle_limit_ms = service.idle.at_first(flow.protocol);

  const std::uint64_t turn = service.slot.value + scheduler.opened++ / kLipRun;
  if (!set_return_address<F>(tables, service, *dest, turn, *conn)) {
    table.release(conn);
    return {nullptr, Drop::lip_exhausted, evicted};
  }
  // A local port is nobody else's towards this dest; what a client chose may be.
  const bool may_clash = dest->mode == ForwardingMode::nat;
  if (may_clash) evicted = close_if_over(tables, conn->key(Direction::to_client), now_ms) || evicted;
  if (!(may_clash ? table.insert(conn) : table.insert_ahead(conn, hash))) {
    const bool taken = may_clash && table.lookup(conn->key(Direction::to_client)).conn != nullptr;
    if (has_local_port(conn->mode))
      tables.lip_ports().free_port(conn->port_pool, L4Port{Be16::from_raw(conn->lip_port).host()});
    table.release(conn);
    return {nullptr, taken ? Drop::tuple_taken : Drop::conn_table_full, evicted};
  }
  place.keep();
  held.keep(*conn);
  tables.count_opened(*conn);
  return {conn, Drop::internal, evicted};
}

template Opened<V4> open_connection<V4>(WorkerTables&, SchedulerState&, const Service&, const FlowKey<V4>&,
                                        std::uint64_t, std::uint32_t);
template Opened<V6> open_connection<V6>(WorkerTables&, SchedulerState&, const Service&, const FlowKey<V6>&,
                                        std::uint64_t, std::uint32_t);

}  // namespace hvs
