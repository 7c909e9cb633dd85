// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/conn/worker_tables.h"
#include "dataplane/schedule/scheduler.h"
#include "model/drop.h"

namespace hvs {

/// A connection, or the reason why there is none.
template <typename F>
struct Opened {
  Connection<F>* conn = nullptr;
  Drop reason = Drop::internal;
  Connection<V6>* across = nullptr;  // of an IPv4 client with an IPv6 dest, instead (conn/mapped.h)
  bool evicted = false;              // another connection made way: pointers to connections may be stale
};

/// Opens a connection for the first packet of a flow to `service`: picks the dest, in mode fullnat takes a
/// local port that this worker owns, and enters the connection into the table. Nothing is kept on failure.
/// `flow` is in no connection, and `hash` is its hash; the other direction is found after
/// ConnTable::settle().
template <typename F>
[[nodiscard]] Opened<F> open_connection(WorkerTables& tables, SchedulerState& scheduler,
                                        const Service& service, const FlowKey<F>& flow, std::uint64_t hash,
                                        std::uint32_t now_ms);

/// The same for a flow from inside that fits a rule of mode snat, which `service` stands for: the dest is
/// where the flow goes to.
template <typename F>
[[nodiscard]] Opened<F> open_snat(WorkerTables& tables, const Service& service, const FlowKey<F>& flow,
                                  std::uint64_t hash, std::uint32_t now_ms);

/// What holds the key of a dest's answers to a client is what the dest, in mode nat, has begun by itself
/// towards that client, by a rule of mode snat. UDP makes way for the client, who would wait for as long as
/// the dest goes on; no client has a reason to begin TCP within a connection, but a forger has.
template <typename Hit>
[[nodiscard]] bool begun_by_dest(const Hit& holder) {
  return holder.conn->mode == ForwardingMode::snat && holder.direction == Direction::to_dest &&
         !has_states(holder.conn->protocol);
}

/// So does a client's connection by another VIP (mode nat), which the dest could not tell from a new one:
/// when it is over but for stragglers, or the dest has not answered it. One at work stays.
template <typename F>
[[nodiscard]] bool gives_dest_up(const Connection<F>& conn) {
  if (conn.mode != ForwardingMode::nat) return false;
  switch (conn.state) {
    case TcpState::syn_sent:
    case TcpState::time_wait:
    case TcpState::last_ack:
    case TcpState::close: return true;
    case TcpState::none:
    case TcpState::syn_recv:
    case TcpState::established:
    case TcpState::fin_wait:
    case TcpState::close_wait: return false;
  }
  return false;
}

/// UDP stays as well, and lends the answers to the one that the client has sent something by after it, as
/// long as that is so: who asks, waits for the answer.
template <typename Hit>
[[nodiscard]] bool lends_answers(const Hit& holder) {
  return holder.conn->mode == ForwardingMode::nat && holder.direction == Direction::to_client &&
         !has_states(holder.conn->protocol);
}

/// It does, and does not end by that; the record of datagrams does.
template <typename Hit>
[[nodiscard]] bool stays_lending(const Hit& holder) {
  return lends_answers(holder) && !holder.conn->one_packet;
}

/// `holder` has the key of a dest's answers, and leaves it to the client whose frames have the key `by`.
template <typename F>
[[nodiscard]] bool makes_way(const typename ConnTable<F>::Hit& holder, const FlowKey<F>& by) {
  if (begun_by_dest(holder)) return true;
  return holder.conn->client == by.src && holder.conn->client_port == by.src_port &&
         (gives_dest_up(*holder.conn) || lends_answers(holder));
}

/// It does so.
template <typename F>
void make_way(WorkerTables& tables, const typename ConnTable<F>::Hit& holder) {
  if (!stays_lending(holder)) return tables.close(holder.conn);
  tables.conns<F>().lend_replies(holder.conn);
  holder.conn->assured = false;  // so that its next datagram is looked at
}

}  // namespace hvs
