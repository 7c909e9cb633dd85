// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/worker.h"

#include <algorithm>

#include "base/check.h"
#include "dataplane/rx/receive.h"

namespace hvs {

namespace {

/// The whole table is swept about once in this time, so an idle connection outlives its limit by no more.
/// Exactness does not hang on it: a lookup checks the limit itself.
constexpr std::uint32_t kSweepMs = 4000;
/// Records that one turn looks at, however much time has passed: even when all of them end, the turn stays
/// short. (The first turn without frames ends those of two.) Not fewer either, so that their misses overlap.
/// tests/bench/latency.cc
constexpr std::uint32_t kSweepSlice = ConnTable<V4>::kBlock;
/// Slices with nothing due that a turn passes over at most before the one that it looks at.
constexpr unsigned kUndueSlices = 16;

}  // namespace

Worker::Worker(WorkerSetup setup, Fabric& fabric)
    : setup_(std::move(setup)),
      fabric_(fabric),
      box_(fabric.box(setup_.id)),
      tables_(setup_.id, fabric.workers(), setup_.tables, setup_.secret),
      transmit_(setup_.tx, fabric, tables_.counters()),
      output_(setup_.id, fabric, transmit_, tables_.counters()),
      exits_(setup_.id, fabric, output_, tables_.counters()),
      pipeline_(setup_.id, fabric.workers(), setup_.port_macs, tables_, output_, exits_, setup_.secret) {}

bool Worker::turn(std::uint32_t now_ms) {
  fabric_.rcu.quiescent(setup_.id);
  WorkerCounters& counters = tables_.counters();
  counters.loops.inc();
  const Snapshot* snapshot = fabric_.snapshot.read();
  const Fib* fib = fabric_.fib.read();
  if (snapshot == nullptr || fib == nullptr) return false;
  if (snapshot != last_snapshot_) {
    last_snapshot_ = snapshot;
    counters.snapshots_seen.inc();
  }
  pipeline_.begin(*snapshot, *fib, now_ms);
  output_.begin(*fib, now_ms);

  unsigned work = transmit_.take_from_kernel(setup_.id);
  work += serve_ports();
  work += serve_handoff();
  work += transmit_.take_relayed(setup_.id);
  output_.serve_waiting();
  pipeline_.serve_held();
  transmit_.flush();
  const bool behind = expire(now_ms, work != 0);
  for (auto& slot : box_.walks) {
    if (serve_walk(slot, now_ms)) ++work;
  }
  if (work == 0) counters.idle_loops.inc();
  return work != 0 || behind;
}

unsigned Worker::serve_ports() {
  unsigned received = 0;
  for (const RxQueue& rx : setup_.rx) {
    rte_mbuf* mbufs[kBurstFrames];
    const unsigned count = rx.port->rx_burst(rx.queue, mbufs, kBurstFrames);
    if (count == 0) continue;
    received += count;
    pipeline_.run(frames_.data(),
                  frames_from_port(mbufs, count, rx.port->info().id, frames_.data(), tables_.counters()));
  }
  return received;
}

unsigned Worker::serve_handoff() {
  const unsigned count = frames_from_handoff(box_, frames_.data(), tables_.counters());
  if (count != 0) pipeline_.run(frames_.data(), count);
  return count;
}

/// Asked for once more, all together: not everything that the slice asked for is there (docs/performance.md).
template <typename F>
void Worker::end_found(Sweep<F>& sweep) {
  const auto& table = tables_.conns<F>();
  for (unsigned i = 0; i < sweep.found; ++i) {
    for (const std::uint64_t hash : sweep.over[i].hashes) table.prefetch(hash);
  }
  for (unsigned i = 0; i < sweep.found; ++i) table.load_buckets(sweep.over[i].hashes);
  unsigned ended = 0;
  for (unsigned i = 0; i < sweep.found; ++i) {
    const auto& [conn, hashes, stamp_ms] = sweep.over[i];
    if (HVS_UNLIKELY(conn->idle_limit_ms == 0 || conn->stamp_ms != stamp_ms)) continue;
    tables_.close(conn, hashes);
    ++ended;
  }
  sweep.found = 0;
  tables_.counters().connections_expired.add(ended);
}

/// True when the sweep is behind by another slice.
template <typename F>
bool Worker::expire_slice(Sweep<F>& sweep, std::uint32_t passed_ms, std::uint32_t now_ms) {
  end_found(sweep);
  auto& table = tables_.conns<F>();
  const std::uint32_t records = table.high_water();
  if (passed_ms != 0) {
    const std::uint64_t due = sweep.due + std::uint64_t{records} * passed_ms / kSweepMs + passed_ms;
    sweep.due = static_cast<std::uint32_t>(std::min<std::uint64_t>(due, records));
  }
  const std::uint32_t slice = std::min(kSweepSlice, records);
  if (sweep.due == 0 || sweep.due < slice) return false;
  // Small tables have less than a block.
  for (unsigned i = 0; i < kUndueSlices && table.undue(sweep.cursor, now_ms); ++i) {
    sweep.due -= slice;
    sweep.cursor = sweep.cursor + slice < records ? sweep.cursor + slice : 0;
    if (sweep.due < slice) return false;
  }
  sweep.due -= slice;
  sweep.cursor = table.scan_over(sweep.cursor, now_ms, [&](Connection<F>* conn) {
    auto& over = sweep.over[sweep.found++];
    over = {conn, table.hashes_of(*conn), conn->stamp_ms};
    for (const std::uint64_t hash : over.hashes) table.prefetch(hash);
  });
  if (sweep.cursor + kSweepSlice <= records && !table.undue(sweep.cursor, now_ms))
    table.prefetch_block(sweep.cursor);
  return sweep.due >= slice;
}

/// What time makes due is paid a slice a turn, so that a turn after a long pause is no longer than others.
bool Worker::expire(std::uint32_t now_ms, bool busy) {
  const std::uint32_t passed = now_ms - swept_ms_;
  swept_ms_ = now_ms;
  const bool v4_behind = expire_slice(sweep_v4_, passed, now_ms);
  const bool v6_behind = expire_slice(sweep_v6_, passed, now_ms);
  if (!busy) {
    end_found(sweep_v4_);
    end_found(sweep_v6_);
  }
  return v4_behind || v6_behind;
}

namespace {

/// Visits a slice of one table for a listing; true at the table's end.
template <typename F>
bool walk_slice(WorkerTables& tables, const Snapshot& snapshot, ConnWalk& walk, WorkerId id,
                std::uint32_t now_ms) {
  std::uint64_t matched = 0;
  walk.cursor = tables.conns<F>().scan(walk.cursor, ConnWalk::kSlice, [&](const Connection<F>* conn) {
    if (conn->expired(now_ms)) return;
    ConnView view = view_of(*conn, id, now_ms);
    const Encap* encap =
        conn->mode == ForwardingMode::tunnel ? snapshot.encap(conn->dest_slot(), F::family) : nullptr;
    if (encap != nullptr) view.dest = encap->destination;
    walk.visited.store(walk.visited.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (!walk.filter.matches(view)) return;
    ++matched;
    if (!walk.count_only) (void)walk.ring.push(view);  // room was checked for a whole slice
  });
  walk.matched.store(walk.matched.load(std::memory_order_relaxed) + matched, std::memory_order_relaxed);
  return walk.cursor == 0;
}

}  // namespace

bool Worker::serve_walk(std::atomic<ConnWalk*>& slot, std::uint32_t now_ms) {
  ConnWalk* walk = slot.load(std::memory_order_acquire);
  if (HVS_LIKELY(walk == nullptr)) return false;
  if (!walk->wants_service()) return false;
  bool over = walk->cancelled.load(std::memory_order_relaxed);
  if (!over) {
    if (!walk->second_family) {
      walk->second_family = walk_slice<V4>(tables_, *last_snapshot_, *walk, setup_.id, now_ms);
    } else {
      over = walk_slice<V6>(tables_, *last_snapshot_, *walk, setup_.id, now_ms);
    }
  }
  if (over) {
    slot.store(nullptr, std::memory_order_relaxed);
    walk->finished.store(true, std::memory_order_release);
  }
  return true;
}

}  // namespace hvs
