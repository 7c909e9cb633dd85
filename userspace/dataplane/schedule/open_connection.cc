// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/open_connection.h"

#include <optional>

#include "base/check.h"
#include "dataplane/conn/mapped.h"
#include "dataplane/schedule/client_template.h"
#include "dataplane/schedule/open_as_last.h"
#include "model/past_vip.h"

namespace hvs {

namespace {

/// So many connections in a row begin at the same LIP: their ports, counted up one by one, lie in the same
/// few cache lines (docs/performance.md).
constexpr unsigned kLipRun = 1024;
/// Which of the LIPs is asked first, as a fraction of 2^32 of them: one run after the other goes on by the
/// golden ratio, so that they come out even for any number of LIPs (Weyl's sequence).
std::uint32_t lip_turn(std::uint64_t run) { return static_cast<std::uint32_t>(run) * 0x9e3779b9U; }
/// Local ports that are tried for a connection when they turn out to be in use.
constexpr unsigned kPortTries = 16;

/// As it stands in a record.
template <typename F>
typename F::Addr record_address(const IpAddr& addr) {
  if constexpr (F::family == Family::ipv6) {
    return mapped(addr);
  } else {
    return V4::from(addr);
  }
}

/// Which of the LIPs that is.
std::uint32_t first_of(std::size_t lips, std::uint32_t turn) {
  // A product: all that follows waits for it, and for a quotient it would wait three times as long.
  return static_cast<std::uint32_t>(std::uint64_t{turn} * lips >> 32);
}

/// Mode fullnat between the families.
bool crosses(const Dest& dest, Family client) {
  return dest.mode == ForwardingMode::fullnat && dest.addr.family != client;
}

/// Some connection holds `key`, and its time is not over. One whose time is over ends, though nobody has
/// swept it yet; then `ended` is set. So does the record of datagrams that the same client, `by`, had placed
/// for themselves, before the service began to have connections: the new one takes its answers.
template <typename F>
bool is_held(WorkerTables& tables, const FlowKey<F>& key, std::uint64_t hash, const FlowKey<F>& by,
             std::uint32_t now_ms, bool& ended) {
  const auto holder = tables.conns<F>().find(key, hash);
  if (holder.conn == nullptr) return false;
  const bool expired = holder.conn->expired(now_ms);
  const bool same_client = holder.conn->one_packet && holder.conn->key(Direction::to_dest) == by;
  if (!expired && !same_client && !makes_way<F>(holder, by)) return true;
  if (expired || same_client) {
    tables.close(holder.conn);
  } else {
    make_way<F>(tables, holder);
  }
  if (expired) tables.counters().connections_expired.inc();
  ended = true;
  return false;
}

/// What opening has done besides.
struct Sides {
  // The key of the dest's frames was looked up, and must be entered at once; its hash.
  bool may_clash = false;
  std::uint64_t answers = 0;
  bool evicted = false;  // another connection has ended
};

/// The dest's frames to `conn` would be another connection's, of whichever table.
template <typename F>
bool answers_are_held(WorkerTables& tables, const Connection<F>& conn, std::uint32_t now_ms, Sides& sides) {
  const FlowKey<F> key = conn.key(Direction::to_client);
  const FlowKey<F> by = conn.key(Direction::to_dest);
  sides.may_clash = true;
  sides.answers = tables.conns<F>().hash(key);
  if (is_held<F>(tables, key, sides.answers, by, now_ms, sides.evicted)) return true;
  if constexpr (F::family == Family::ipv4) {
    if (HVS_LIKELY(tables.crossing() == 0)) return false;
    const FlowKey<V6> across = mapped(key);
    return is_held<V6>(tables, across, tables.conns<V6>().hash(across), mapped(by), now_ms, sides.evicted);
  } else {
    if (arrives_as(conn, Direction::to_client) != Family::ipv4) return false;
    const FlowKey<V4> across = unmapped(key);
    return is_held<V4>(tables, across, tables.conns<V4>().hash(across), {}, now_ms, sides.evicted);
  }
}

bool take_port(LipPorts& ports, const LipPorts::PairKey& pair, L4Port low, L4Port high, const Dest& dest,
               LipPorts::Allocation& taken) {
  if (dest.mode == ForwardingMode::snat) return ports.take_shared_port(pair, low, high, taken);
  if (dest.shares_ports) return ports.take_port_of_dest(pair, low, high, taken);
  return ports.take_port(pair, low, high, taken);
}

/// The same where one of the LIPs was a VIP.
[[gnu::noinline]] bool take_other_port(LipPorts& ports, const LipPorts::PairKey& pair, const LipPool& pool,
                                       const Dest& dest, LipPorts::Allocation& taken) {
  return take_beside_past_vips(pool, pair.lip, ports.owners(), pair.protocol, [&](L4Port low, L4Port high) {
    return take_port(ports, pair, low, high, dest, taken);
  });
}

/// A local port from the service's pool: the LIPs are tried in turn, beginning at the one whose turn it is,
/// so that they fill evenly. One that a connection has by another bitmap towards this very dest, or by the
/// LIP when it was a VIP, is left out; each try begins behind the last one.
template <typename F>
bool take_local_port(WorkerTables& tables, const LipPool& pool, const Dest& dest, std::uint32_t turn,
                     std::uint32_t now_ms, Connection<F>& conn, Sides& sides) {
  const auto& lips = pool.of(dest.addr.family);
  const L4Port dest_port{Be16::from_raw(conn.dest_port).host()};
  unsigned tries = kPortTries;
  const auto count = static_cast<std::uint32_t>(lips.size());
  const std::uint32_t first = first_of(count, turn);
  for (std::uint32_t i = 0; i < count;) {
    const IpAddr& lip = lips[first + i < count ? first + i : first + i - count];
    const LipPorts::PairKey pair{lip, dest.addr, dest_port, conn.protocol};
    LipPorts::Allocation taken;
    const bool had = HVS_LIKELY(pool.was_vip.empty())
                         ? take_port(tables.lip_ports(), pair, pool.port_low, pool.port_high, dest, taken)
                         : take_other_port(tables.lip_ports(), pair, pool, dest, taken);
    if (!had) {
      ++i;
      continue;
    }
    conn.side().lip = record_address<F>(lip);
    conn.lip_port = Be16{taken.port.value}.raw();
    conn.side().port_pool = static_cast<std::uint16_t>(taken.pool);
    sides.may_clash = false;  // the last try's hash is that of another port
    if (HVS_LIKELY(!taken.may_clash && pool.was_vip.empty())) return true;
    if (!answers_are_held(tables, conn, now_ms, sides)) return true;
    tables.free_local_port(conn);
    if (--tries == 0) return false;
  }
  return false;
}

/// Where the dest sends its answers to: a local port of ours, or in mode nat the client. Nothing where they
/// do not come through us. Returns why there is none.
template <typename F>
std::optional<Drop> set_return_address(WorkerTables& tables, const Service& service, const Dest& dest,
                                       std::uint32_t turn, std::uint32_t now_ms, Connection<F>& conn,
                                       Sides& sides) {
  if (has_local_port(dest.mode)) {
    if (take_local_port<F>(tables, *service.lips, dest, turn, now_ms, conn, sides)) return {};
    tables.without_port().set({service.slot, dest.slot});
    return Drop::lip_exhausted;
  }
  if (!sees_replies(dest.mode)) return {};
  conn.side().lip = conn.client;
  conn.lip_port = conn.client_port;
  // A local port is nobody else's towards this dest; what a client chose may be.
  if (answers_are_held(tables, conn, now_ms, sides)) return Drop::tuple_taken;
  return {};
}

/// What is known of a connection before it has a local port.
template <typename F>
void fill_in(Connection<F>& conn, const Service& service, const Dest& dest, const FlowKey<F>& flow,
             std::uint32_t now_ms, Family client) {
  conn.client = flow.src;
  conn.client_port = flow.src_port;
  conn.vip = flow.dst;
  conn.vip_port = flow.dst_port;
  // Mode fullnat goes to either family; so do tunnels, whose packets keep their own destination anyway.
  const bool crossing = crosses(dest, client);
  if (dest.addr.family == F::family || crossing) conn.side().dest = record_address<F>(dest.addr);
  conn.crosses = crossing;
  conn.client_is_v4 = crossing && client == Family::ipv4;
  conn.dest_port = dest.port.value == 0 ? flow.dst_port : Be16{dest.port.value}.raw();
  conn.protocol = flow.protocol;
  conn.state = state_at_first(flow.protocol);
  conn.mode = dest.mode;
  conn.side().service = service.slot;
  conn.side().dest_slot = dest.slot;
  conn.stamp_ms = now_ms;
}

/// Enters it into the table; `hash` is that of its client's key, which is free. False: the buckets are full.
template <typename F>
bool enter(ConnTable<F>& table, Connection<F>* conn, std::uint64_t hash, const Sides& sides) {
  // What crosses is found at once: the other family's frames do not settle this table.
  if (HVS_UNLIKELY(conn->crosses)) return table.insert(conn);
  if (sides.may_clash) return table.insert_free(conn, {hash, sides.answers});
  return table.insert_ahead(conn, hash);
}

/// The next connections to `dest` may begin as this one did.
template <typename F>
bool is_like_the_next(const WorkerTables& tables, const Service& service, const Dest& dest,
                      std::uint32_t turn, const Connection<F>& conn, const Sides& sides) {
  if (tables.generation() == 0 || conn.crosses || service.persistence || dest.shares_ports) return false;
  if (dest.mode == ForwardingMode::nat) return true;
  if (dest.mode != ForwardingMode::fullnat || sides.may_clash) return false;
  // The first LIP had a port; while it has none, it is asked again each time.
  const auto& lips = service.lips->of(dest.addr.family);
  return conn.side().lip == record_address<F>(lips[first_of(lips.size(), turn)]);
}

/// To `dest`, at which `place` is taken. `turn` says which LIP is asked first.
template <typename F>
[[gnu::noinline]] Opened<F> open_at(WorkerTables& tables, PlaceAtDest& place, ClientTemplate& held,
                                    const Service& service, const Dest* dest, const FlowKey<F>& flow,
                                    std::uint64_t hash, std::uint32_t turn, std::uint32_t now_ms,
                                    Family client = F::family) {
  auto& table = tables.conns<F>();
  Sides sides;
  Connection<F>* conn = tables.make_room(sides.evicted) ? table.allocate() : nullptr;
  if (conn == nullptr) return {nullptr, Drop::conn_table_full, nullptr, sides.evicted};
  fill_in(*conn, service, *dest, flow, now_ms, client);
  table.limit_idle(*conn, service.idle.at_first(flow.protocol), now_ms);
  if (const auto why = set_return_address<F>(tables, service, *dest, turn, now_ms, *conn, sides)) {
    table.release(conn);
    return {nullptr, *why, nullptr, sides.evicted};
  }
  if (!enter(table, conn, hash, sides)) {
    if (has_local_port(conn->mode)) tables.free_local_port(*conn);
    table.release(conn);
    return {nullptr, Drop::conn_table_full, nullptr, sides.evicted};
  }
  place.keep();
  held.keep(*conn);
  tables.count_opened(*conn);
  if (is_like_the_next(tables, service, *dest, turn, *conn, sides))
    remember_last(tables, service, *dest, turn, *conn);
  return {conn, Drop::internal, nullptr, sides.evicted};
}

}  // namespace

template <typename F>
Opened<F> open_connection(WorkerTables& tables, SchedulerState& scheduler, const Service& service,
                          const FlowKey<F>& flow, std::uint64_t hash, std::uint32_t now_ms) {
  PlaceAtDest place(tables.shared().loads, begins_active(flow.protocol));
  const NewFlow asks{F::to_ip(flow.src), L4Port{Be16::from_raw(flow.src_port).host()}, F::to_ip(flow.dst)};
  const PickContext context{asks, tables.shared(), now_ms};
  ClientTemplate held(tables, now_ms);
  const Dest* dest = HVS_UNLIKELY(service.persistence.has_value())
                         ? held.find(place, service, scheduler, context)
                         : place.find(service, scheduler, context);
  if (dest == nullptr) return {nullptr, Drop::no_dest};
  const std::uint32_t turn = lip_turn(service.slot.value + scheduler.opened++ / kLipRun);
  if (Connection<F>* const conn = open_as_last(tables, *dest, turn, flow, hash, now_ms);
      HVS_LIKELY(conn != nullptr)) {
    place.keep();
    return {conn};
  }
  if constexpr (F::family == Family::ipv4) {
    if (HVS_UNLIKELY(crosses(*dest, F::family))) {
      const auto across =
          open_at<V6>(tables, place, held, service, dest, mapped(flow), 0, turn, now_ms, Family::ipv4);
      return {nullptr, across.reason, across.conn, across.evicted};
    }
  }
  return open_at(tables, place, held, service, dest, flow, hash, turn, now_ms);
}

template <typename F>
Opened<F> open_snat(WorkerTables& tables, const Service& service, const FlowKey<F>& flow, std::uint64_t hash,
                    std::uint32_t now_ms) {
  Dest outside = service.dests.front();
  outside.addr = F::to_ip(flow.dst);
  outside.port = L4Port{Be16::from_raw(flow.dst_port).host()};
  PlaceAtDest place(tables.shared().loads, begins_active(flow.protocol));
  place.take(outside);
  ClientTemplate held(tables, now_ms);
  // The same inside host has the same address outside as long as that has ports (RFC 4787, REQ-2).
  const auto turn = static_cast<std::uint32_t>(std::hash<IpAddr>{}(F::to_ip(flow.src)) >> 32);
  return open_at(tables, place, held, service, &outside, flow, hash, turn, now_ms);
}

template Opened<V4> open_snat<V4>(WorkerTables&, const Service&, const FlowKey<V4>&, std::uint64_t,
                                  std::uint32_t);
template Opened<V6> open_snat<V6>(WorkerTables&, const Service&, const FlowKey<V6>&, std::uint64_t,
                                  std::uint32_t);
template Opened<V4> open_connection<V4>(WorkerTables&, SchedulerState&, const Service&, const FlowKey<V4>&,
                                        std::uint64_t, std::uint32_t);
template Opened<V6> open_connection<V6>(WorkerTables&, SchedulerState&, const Service&, const FlowKey<V6>&,
                                        std::uint64_t, std::uint32_t);

}  // namespace hvs
