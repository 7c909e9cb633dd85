// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/worker_tables.h"

#include <algorithm>

#include "base/check.h"
#include "dataplane/conn/mapped.h"

namespace hvs {

WorkerTables::WorkerTables(WorkerId worker, unsigned workers, const TableSizes& sizes,
                           const HashSecret& secret)
    : v4_(sizes.connections, secret, sizes.simd),
      v6_(sizes.connections, secret, sizes.simd),
      lip_ports_(worker, sizes.owners ? sizes.owners : std::make_shared<const PortOwners>(workers),
                 sizes.lip_pairs),
      templates_v4_(std::size_t{sizes.connections} * sizeof(std::uint32_t)),
      templates_v6_(std::size_t{sizes.connections} * sizeof(std::uint32_t)),
      service_rows_((std::size_t{kMaxServices} + 1) * sizeof(ServiceCounters)),
      dest_rows_(std::size_t{kMaxDests} * sizeof(DestCounters)),
      budget_(sizes.budget),
      own_shared_(sizes.shared == nullptr
                      ? std::make_unique<SharedTables>(Templates::kDefaultClients, SipKey{}, LoadWriters::one)
                      : nullptr),
      shared_(sizes.shared == nullptr ? own_shared_.get() : sizes.shared),
      batch_(budget_batch(sizes.connections, workers)),
      allowance_(sizes.budget == nullptr ? sizes.connections : 0) {}

bool WorkerTables::bring_pages(bool v4, bool v6) {
  if (!v4 && !v6) return false;
  const bool conns = (v4 && v4_.bring_pages()) || (v6 && v6_.bring_pages());
  // Slots are given out from 0 on. There is room for a million dests, which few have.
  constexpr std::size_t kDests = 32768;
  const bool rows =
      dest_rows_.bring(kDests * sizeof(DestCounters)) || service_rows_.bring(service_rows_.bytes());
  return lip_ports_.bring_pages() || conns || rows;
}

bool WorkerTables::extend_allowance() {
  if (budget_ == nullptr || allowance_ >= capacity()) return false;
  const std::uint32_t got = budget_->take(std::min(batch_, capacity() - allowance_));
  allowance_ += got;
  return got != 0;
}

namespace {

/// One that an attacker can make with a packet or two: half-open TCP or SCTP, or reset, or UDP whose client
/// never went on. (One that has lent its answers is as real as it was before.) And one whose client has
/// closed where the dest is not seen: most of these are over.
template <typename F>
bool gives_way(const Connection<F>& conn) {
  if (!has_states(conn.protocol)) return !conn.assured && !(conn.answers_lent && conn.replied);
  if (conn.state == TcpState::fin_wait) return !sees_replies(conn.mode);
  return conn.state == TcpState::none || conn.state == TcpState::syn_sent ||
         conn.state == TcpState::syn_recv || conn.state == TcpState::close;
}

}  // namespace

/// Looks at a bounded number of records from where the hand stands.
template <typename F>
bool WorkerTables::evict_one(std::uint32_t& hand) {
  constexpr std::uint32_t kLook = 32;
  Connection<F>* victim = nullptr;
  const auto look = [&](Connection<F>* conn) {
    if (victim == nullptr && gives_way(*conn)) victim = conn;
  };
  const bool from_start = hand == 0;
  hand = conns<F>().scan(hand, kLook, look);
  // The last records may be few.
  if (victim == nullptr && hand == 0 && !from_start) hand = conns<F>().scan(0, kLook, look);
  if (victim == nullptr) return false;
  close(victim);
  counters_.connections_evicted.inc();
  return true;
}

bool WorkerTables::make_room(bool& evicted) {
  if (HVS_LIKELY(has_room()) || extend_allowance()) return true;
  evicted = evict_one<V4>(hand_v4_) || evict_one<V6>(hand_v6_);
  return evicted;
}

template <typename F>
ConnView view_of(const Connection<F>& conn, WorkerId worker, std::uint32_t now_ms) {
  const auto port = [](std::uint16_t raw) { return L4Port{Be16::from_raw(raw).host()}; };
  ConnView view;
  view.worker = worker;
  view.protocol = static_cast<L4Proto>(conn.protocol);
  view.state = conn.state;
  view.replied = conn.replied;
  view.mode = conn.mode;
  view.service = conn.service();
  view.dest_slot = conn.dest_slot();
  view.client = address_of(conn, conn.client, Direction::to_dest);
  view.vip = address_of(conn, conn.vip, Direction::to_dest);
  view.dest = address_of(conn, conn.dest(), Direction::to_client);
  view.client_port = port(conn.client_port);
  view.vip_port = port(conn.vip_port);
  view.dest_port = port(conn.dest_port);
  if (has_local_port(conn.mode)) {  // mode nat keeps the client in its place
    view.lip = address_of(conn, conn.lip(), Direction::to_client);
    view.lip_port = port(conn.lip_port);
  }
  view.idle_ms = now_ms - conn.stamp_ms;
  view.expires_ms = view.idle_ms < conn.idle_limit_ms ? conn.idle_limit_ms - view.idle_ms : 0;
  return view;
}

template ConnView view_of<V4>(const Connection<V4>&, WorkerId, std::uint32_t);
template ConnView view_of<V6>(const Connection<V6>&, WorkerId, std::uint32_t);

}  // namespace hvs
