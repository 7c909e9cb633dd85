// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/worker_tables.h"

namespace hvs {

WorkerTables::WorkerTables(WorkerId worker, unsigned workers, const TableSizes& sizes,
                           const HashSecret& secret)
    : v4_(sizes.connections, secret),
      v6_(sizes.connections, secret),
      lip_ports_(worker, workers, sizes.lip_pairs),
      service_rows_((std::size_t{kMaxServices} + 1) * sizeof(ServiceCounters)),
      dest_rows_(std::size_t{kMaxDests} * sizeof(DestCounters)) {}

template <typename F>
ConnView view_of(const Connection<F>& conn, WorkerId worker, std::uint32_t now_ms) {
  const auto port = [](std::uint16_t raw) { return L4Port{Be16::from_raw(raw).host()}; };
  ConnView view;
  view.worker = worker;
  view.protocol = static_cast<L4Proto>(conn.protocol);
  view.state = conn.state;
  view.replied = conn.replied;
  view.service = conn.service;
  view.dest_slot = conn.dest_slot;
  view.client = F::to_ip(conn.client);
  view.vip = F::to_ip(conn.vip);
  view.lip = F::to_ip(conn.lip);
  view.dest = F::to_ip(conn.dest);
  view.client_port = port(conn.client_port);
  view.vip_port = port(conn.vip_port);
  view.lip_port = port(conn.lip_port);
  view.dest_port = port(conn.dest_port);
  view.idle_ms = now_ms - conn.stamp_ms;
  view.expires_ms = view.idle_ms < conn.idle_limit_ms ? conn.idle_limit_ms - view.idle_ms : 0;
  return view;
}

template ConnView view_of<V4>(const Connection<V4>&, WorkerId, std::uint32_t);
template ConnView view_of<V6>(const Connection<V6>&, WorkerId, std::uint32_t);

}  // namespace hvs
