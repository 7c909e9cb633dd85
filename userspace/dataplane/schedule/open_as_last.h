// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/check.h"
#include "dataplane/conn/last_opened.h"
#include "dataplane/conn/worker_tables.h"

// A connection that begins as the last one to its dest did: a copy of that, with another client.

namespace hvs {

/// As what the next connections to `dest` begin; `turn`: open_as_last().
template <typename F>
[[gnu::noinline]] void remember_last(WorkerTables& tables, const Service& service, const Dest& dest,
                                     std::uint32_t turn, const Connection<F>& conn) {
  auto& row = tables.last_opened<F>(dest.slot);
  row.generation = tables.generation();
  row.dest = &dest;
  row.turn = turn;
  row.began.become(conn);
  if (!has_local_port(dest.mode)) return;
  const LipPorts::Allocation taken{conn.port_pool(), L4Port{Be16::from_raw(conn.lip_port).host()}};
  row.ports = tables.lip_ports().word_of(taken, service.lips->port_low, service.lips->port_high);
}

/// A record that is as `began`, but for its client and local port (raw).
template <typename F>
[[gnu::always_inline]] inline Connection<F>* allocate_as(ConnTable<F>& table, const LooseConnection<F>& began,
                                                         const FlowKey<F>& flow, std::uint16_t lip_port,
                                                         std::uint32_t now_ms) {
  Connection<F>* const conn = table.allocate(began);
  conn->set_client(flow);
  conn->lip_port = lip_port;
  conn->stamp_ms = now_ms;
  table.limit_idle(*conn, began.idle_limit_ms, now_ms);
  return conn;
}

/// In mode nat. Nullptr also when somebody has the key of the dest's answers, or may have it in the other
/// table.
template <typename F>
[[gnu::noinline]] Connection<F>* open_nat_as_last(WorkerTables& tables, const LooseConnection<F>& began,
                                                  const FlowKey<F>& flow, std::uint64_t hash,
                                                  std::uint32_t now_ms) {
  if constexpr (F::family == Family::ipv4) {
    if (HVS_UNLIKELY(tables.crossing() != 0)) return nullptr;
  }
  auto& table = tables.conns<F>();
  const FlowKey<F> answers{began.dest(), flow.src, began.dest_port, flow.src_port, flow.protocol};
  const std::uint64_t answers_hash = table.hash(answers);
  if (HVS_UNLIKELY(table.find(answers, answers_hash).conn != nullptr)) return nullptr;
  Connection<F>* const conn = allocate_as(table, began, flow, flow.src_port, now_ms);
  if constexpr (F::family == Family::ipv4) conn->side().lip = flow.src;  // IPv6: ConnTable sees to it
  if (HVS_UNLIKELY(!table.insert_free(conn, {hash, answers_hash}))) {
    table.release(conn);
    return nullptr;
  }
  tables.count_opened(*conn);
  return conn;
}

/// A connection like the last one to the dest, for another client; nullptr: it takes more than that. `turn`
/// says which LIP is asked first, and is nothing to mode nat.
template <typename F>
[[gnu::always_inline]] inline Connection<F>* open_as_last(WorkerTables& tables, const Dest& dest,
                                                          std::uint32_t turn, const FlowKey<F>& flow,
                                                          std::uint64_t hash, std::uint32_t now_ms) {
  const auto& last = tables.last_opened<F>(dest.slot);
  const bool same = last.dest == &dest && last.generation == tables.generation() &&
                    last.began.vip_port == flow.dst_port && last.began.protocol == flow.protocol;
  if (HVS_UNLIKELY(!same || !tables.has_room())) return nullptr;
  if (last.began.mode == ForwardingMode::nat)
    return open_nat_as_last<F>(tables, last.began, flow, hash, now_ms);
  L4Port port;
  if (HVS_UNLIKELY(last.turn != turn || !tables.lip_ports().take_next_port(last.ports, port))) return nullptr;
  auto& table = tables.conns<F>();
  Connection<F>* const conn = allocate_as(table, last.began, flow, Be16{port.value}.raw(), now_ms);
  if (HVS_UNLIKELY(!table.insert_ahead(conn, hash))) {
    tables.lip_ports().free_port(last.ports.pool, port);
    table.release(conn);
    return nullptr;
  }
  tables.count_opened(*conn);
  return conn;
}

}  // namespace hvs
