// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>

#include "base/check.h"
#include "dataplane/conn/conn_table.h"
#include "dataplane/conn/last_opened.h"
#include "dataplane/conn/lip_ports.h"
#include "dataplane/conn/mapped.h"
#include "dataplane/conn/shared_tables.h"
#include "model/conn_view.h"
#include "model/counters.h"
#include "model/snapshot.h"

namespace hvs {

/// How many connections all workers together may still open. A worker takes and returns them in batches, so
/// that the shared number is not touched for every connection.
class ConnBudget {
 public:
  explicit ConnBudget(std::int64_t connections) : left_(connections) {}
  /// Takes up to `count`; returns how many there were.
  std::uint32_t take(std::uint32_t count) {
    const std::int64_t before = left_.fetch_sub(count, std::memory_order_relaxed);
    const std::int64_t got = before <= 0 ? 0 : before < count ? before : count;
    if (got != count) left_.fetch_add(count - got, std::memory_order_relaxed);
    return static_cast<std::uint32_t>(got);
  }
  void give_back(std::uint32_t count) { left_.fetch_add(count, std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<std::int64_t> left_;
};

/// Connections that a worker takes at a time. What the workers keep in hand without using it, less than two
/// batches each, stays within a quarter of the budget.
constexpr std::uint32_t budget_batch(std::uint32_t connections, unsigned workers) {
  return std::clamp(connections / (8 * workers), 1U, 256U);
}

/// Whose connection got no local port.
struct WithoutPort {
  ServiceSlot service;
  DestSlot dest;
  friend auto operator<=>(const WithoutPort&, const WithoutPort&) = default;
};

/// The last one since it was taken; by a worker for the control thread.
class WithoutPortNote {
 public:
  void set(const WithoutPort& who) {
    word_.store((std::uint64_t{who.service.value} + 1) << 32 | who.dest.value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::optional<WithoutPort> take() {
    const std::uint64_t word = word_.exchange(0, std::memory_order_relaxed);
    if (word == 0) return std::nullopt;
    return WithoutPort{ServiceSlot{static_cast<std::uint32_t>(word >> 32) - 1},
                       DestSlot{static_cast<std::uint32_t>(word)}};
  }

 private:
  std::atomic<std::uint64_t> word_{0};  // service + 1, dest; 0: nobody
};

struct TableSizes {
  std::uint32_t connections = 0;    // most that this worker can hold, both families together
  std::uint32_t lip_pairs = 16384;  // (LIP, dest) pairs with a bitmap
  ConnBudget* budget = nullptr;     // shared by the workers; nullptr: `connections` is all there is
  SharedTables* shared = nullptr;   // by the workers; nullptr: this one is alone
  Simd simd = Simd::automatic;
  std::shared_ptr<const PortOwners> owners =
      nullptr;  // of local ports, one for all workers; nullptr: by blocks
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
  [[nodiscard]] WithoutPortNote& without_port() { return without_port_; }
  [[nodiscard]] std::uint32_t connections() const { return v4_.size() + v6_.size(); }
  [[nodiscard]] std::uint32_t capacity() const { return v4_.capacity(); }
  [[nodiscard]] bool vectors() const { return v4_.vectors() || v6_.vectors(); }
  /// Connections between the families.
  [[nodiscard]] std::uint32_t crossing() const { return crossing_; }

  /// By the control thread, again and again: lets the kernel bring the pages that the worker's next
  /// connections of these families will touch first, a piece at a time. A page costs whoever touches it first
  /// up to milliseconds, which no turn should wait. True: there is more to bring.
  bool bring_pages(bool v4, bool v6);

  /// What is known of all workers' connections.
  [[nodiscard]] SharedTables& shared() const { return *shared_; }

  /// There is room for one more connection: within the budget, or after a half-open one made way. `evicted`
  /// is set when it did: pointers to connections may be stale.
  [[nodiscard]] bool make_room(bool& evicted);
  /// The same where it takes nothing.
  [[nodiscard]] bool has_room() const { return connections() < allowance_; }
  /// The row of a dest, for connections of that family.
  template <typename F>
  [[nodiscard]] typename LastOpened<F>::Row& last_opened(DestSlot slot) {
    if constexpr (F::family == Family::ipv4) {
      return last_opened_v4_.row(slot);
    } else {
      return last_opened_v6_.row(slot);
    }
  }
  /// Of the configuration that this turn works with; 0 where that is not told.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  /// Zeroes the row of a slot that is taken into use again; by the control thread, while no worker names it.
  void reset(ServiceSlot slot) { new (&service(slot)) ServiceCounters{}; }
  void reset(DestSlot slot) { new (&dest(slot)) DestCounters{}; }

  /// Counts a connection that was entered into the table; DestLoad::open() made place for it.
  template <typename F>
  void count_opened(const Connection<F>& conn);
  /// Moves a connection into another state, in which so long a silence ends it.
  template <typename F>
  void change_state(Connection<F>& conn, TcpState next, std::uint32_t limit_ms);

  /// At the start of a turn.
  void begin(std::uint32_t now_ms, std::uint64_t generation) {
    now_ms_ = now_ms;
    generation_ = generation;
  }
  /// The connection holds that template from now on.
  template <typename F>
  void attach_template(Connection<F>& conn, std::uint32_t at) {
    template_of(conn) = at;
    conn.persistent = true;
  }

  /// Gives back what its mode has taken of lip_ports().
  template <typename F>
  void free_local_port(const Connection<F>& conn);

  /// Ends a connection: gives back its port, both table entries, its template and its place in the counters.
  template <typename F>
  void close(Connection<F>* conn) {
    close(conn, conns<F>().hashes_of(*conn));
  }
  template <typename F>
  void close(Connection<F>* conn, const typename ConnTable<F>::Hashes& hashes);

 private:
  [[nodiscard]] bool extend_allowance();
  void shrink_allowance();
  template <typename F>
  [[nodiscard]] bool evict_one(std::uint32_t& hand);
  template <typename F>
  void count_active(const Connection<F>& conn, bool active);
  template <typename F>
  void change_activity(const Connection<F>& conn, bool active);
  template <typename F>
  [[nodiscard]] std::uint32_t& template_of(const Connection<F>& conn) {
    const Arena& rows = F::family == Family::ipv4 ? templates_v4_ : templates_v6_;
    return rows.as<std::uint32_t>()[conns<F>().index_of(&conn)];
  }

  ConnTable<V4> v4_;
  ConnTable<V6> v6_;
  LipPorts lip_ports_;
  Arena templates_v4_;  // by record: which template it holds; touched for persistent services only
  Arena templates_v6_;
  Arena service_rows_;
  Arena dest_rows_;
  WorkerCounters counters_;
  ConnBudget* budget_;
  std::unique_ptr<SharedTables> own_shared_;  // of one that is alone
  SharedTables* shared_;
  std::uint32_t batch_;
  std::uint32_t allowance_;  // connections that this worker may hold now
  std::uint32_t now_ms_ = 0;
  std::uint32_t crossing_ = 0;
  std::uint32_t hand_v4_ = 0;
  std::uint32_t hand_v6_ = 0;
  std::uint64_t generation_ = 0;
  LastOpened<V4> last_opened_v4_;
  LastOpened<V6> last_opened_v6_;
  WithoutPortNote without_port_;
};

template <typename F>
void WorkerTables::count_active(const Connection<F>& conn, bool active) {
  if (active) {
    service(conn.service()).busy.inc();
    dest(conn.dest_slot()).busy.inc();
  } else {
    service(conn.service()).busy.dec();
    dest(conn.dest_slot()).busy.dec();
  }
}

template <typename F>
void WorkerTables::count_opened(const Connection<F>& conn) {
  ServiceCounters& of_service = service(conn.service());
  DestCounters& of_dest = dest(conn.dest_slot());
  counters_.connections_opened.inc();
  if (HVS_UNLIKELY(conn.crosses)) ++crossing_;
  of_service.connections.inc();
  of_service.active.inc();
  of_dest.connections.inc();
  of_dest.active.inc();
  if (conn.active()) {
    of_service.busy.inc();
    of_dest.busy.inc();
  }
}

template <typename F>
[[gnu::always_inline]] inline void WorkerTables::change_state(Connection<F>& conn, TcpState next,
                                                              std::uint32_t limit_ms) {
  const bool was_active = conn.active();
  const bool is_active = conn.active_in(next);
  conn.state = next;
  conns<F>().limit_idle(conn, limit_ms, now_ms_);
  // Last, so that callers need not keep anything for afterwards.
  if (HVS_UNLIKELY(is_active != was_active)) change_activity(conn, is_active);
}

template <typename F>
[[gnu::noinline]] void WorkerTables::change_activity(const Connection<F>& conn, bool active) {
  count_active(conn, active);
  DestLoad load = shared_->loads[conn.dest_slot()];
  active ? load.activate() : load.deactivate();
}

template <typename F>
void WorkerTables::free_local_port(const Connection<F>& conn) {
  const auto port = [](std::uint16_t raw) { return L4Port{Be16::from_raw(raw).host()}; };
  if (HVS_LIKELY(!lip_ports_.is_shared(conn.port_pool())))
    return lip_ports_.free_port(conn.port_pool(), port(conn.lip_port));
  lip_ports_.free_shared_port(
      conn.port_pool(),
      {address_of(conn, conn.lip(), Direction::to_client),
       address_of(conn, conn.dest(), Direction::to_client), port(conn.dest_port), conn.protocol},
      port(conn.lip_port));
}

template <typename F>
void WorkerTables::close(Connection<F>* conn, const typename ConnTable<F>::Hashes& hashes) {
  const bool active = conn->active();
  shared_->loads[conn->dest_slot()].close(active);
  if (has_local_port(conn->mode)) free_local_port(*conn);
  if (HVS_UNLIKELY(conn->persistent)) shared_->templates.release(template_of(*conn), now_ms_);
  if (HVS_UNLIKELY(conn->crosses)) --crossing_;
  ServiceCounters& of_service = service(conn->service());
  DestCounters& of_dest = dest(conn->dest_slot());
  of_service.active.dec();
  of_dest.active.dec();
  if (active) {
    of_service.busy.dec();
    of_dest.busy.dec();
  }
  conns<F>().erase(conn, hashes);
  shrink_allowance();
}

inline void WorkerTables::shrink_allowance() {
  // Keeps one batch in hand, so that a worker at the edge does not take and return all the time.
  if (budget_ == nullptr || allowance_ - connections() < 2 * batch_) return;
  allowance_ -= batch_;
  budget_->give_back(batch_);
}

/// A connection as people see it; `now_ms` is the worker's clock.
template <typename F>
[[nodiscard]] ConnView view_of(const Connection<F>& conn, WorkerId worker, std::uint32_t now_ms);

}  // namespace hvs
