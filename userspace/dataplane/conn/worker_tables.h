// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <new>

#include "dataplane/conn/conn_table.h"
#include "dataplane/conn/lip_ports.h"
#include "model/conn_view.h"
#include "model/counters.h"
#include "model/snapshot.h"

namespace hvs {

struct TableSizes {
  std::uint32_t connections = 0;    // of this worker, both families together
  std::uint32_t lip_pairs = 16384;  // (LIP, dest) pairs with a bitmap
};

/// All that a worker remembers between packets: connections, local ports, and the counter rows of services
/// and dests. Owned and written by one worker; counters may be read from anywhere.
class WorkerTables {
 public:
  WorkerTables(WorkerId worker, unsigned workers, const TableSizes& sizes, const HashSecret& secret);

  template <typename F>
  [[nodiscard]] ConnTable<F>& conns() {
    if constexpr (F::family == Family::ipv4) {
      return v4_;
    } else {
      return v6_;
    }
  }
  [[nodiscard]] LipPorts& lip_ports() { return lip_ports_; }
  [[nodiscard]] ServiceCounters& service(ServiceSlot slot) const {
    return service_rows_.as<ServiceCounters>()[slot.index()];
  }
  [[nodiscard]] DestCounters& dest(DestSlot slot) const {
    return dest_rows_.as<DestCounters>()[slot.index()];
  }
  [[nodiscard]] WorkerCounters& counters() { return counters_; }
  [[nodiscard]] const WorkerCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint32_t connections() const { return v4_.size() + v6_.size(); }
  [[nodiscard]] std::uint32_t capacity() const { return v4_.capacity(); }
  [[nodiscard]] bool full() const { return connections() >= capacity(); }

  /// Zeroes the row of a slot that is taken into use again; by the control thread, while no worker names it.
  void reset(ServiceSlot slot) { new (&service(slot)) ServiceCounters{}; }
  void reset(DestSlot slot) { new (&dest(slot)) DestCounters{}; }

  /// Ends a connection: gives back its port, both table entries and its place in the counters.
  template <typename F>
  void close(Connection<F>* conn);

 private:
  ConnTable<V4> v4_;
  ConnTable<V6> v6_;
  LipPorts lip_ports_;
  Arena service_rows_;
  Arena dest_rows_;
  WorkerCounters counters_;
};

template <typename F>
void WorkerTables::close(Connection<F>* conn) {
  lip_ports_.free_port(conn->port_pool, L4Port{Be16::from_raw(conn->lip_port).host()});
  service(conn->service).active.dec();
  dest(conn->dest_slot).active.dec();
  conns<F>().erase(conn);
}

/// A connection as people see it; `now_ms` is the worker's clock.
template <typename F>
[[nodiscard]] ConnView view_of(const Connection<F>& conn, WorkerId worker, std::uint32_t now_ms);

}  // namespace hvs
