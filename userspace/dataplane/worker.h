// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/pipeline.h"
#include "pmd/port.h"
#include "runtime/fabric.h"

namespace hvs {

/// A receive queue that a worker polls.
struct RxQueue {
  Port* port = nullptr;
  QueueId queue;
};

struct WorkerSetup {
  WorkerId id;
  TableSizes tables;
  HashSecret secret;
  std::vector<RxQueue> rx;
  std::vector<TxPath> tx;          // by PortId
  std::vector<MacAddr> port_macs;  // by PortId
};

/// One pinned thread's forwarding core: its queues, tables and counters, and the turn that serves them.
/// Nothing in it is shared but what the Fabric holds.
class Worker {
 public:
  Worker(WorkerSetup setup, Fabric& fabric);

  /// One turn of the loop: a burst from each queue and ring, a slice of expiry, of listing, and what waits.
  /// `now_ms` is a clock that only goes forward. True when there was something to do, or still is.
  bool turn(std::uint32_t now_ms);
  /// Something is due within milliseconds, whether or not frames come.
  [[nodiscard]] bool waits() const { return pipeline_.holds_fragments(); }

  [[nodiscard]] WorkerId id() const { return setup_.id; }
  [[nodiscard]] const WorkerSetup& setup() const { return setup_; }
  [[nodiscard]] const PuntLosses& punt_losses(PortId port) const { return exits_.punt_losses(port); }
  [[nodiscard]] WorkerTables& tables() { return tables_; }
  [[nodiscard]] const WorkerTables& tables() const { return tables_; }

 private:
  unsigned serve_ports();
  unsigned serve_handoff();
  /// Where the sweep of a table stands, and how many records it is behind. What the last slice found over
  /// ends a turn later, when what that touches has come; at once when nothing else is to be done.
  template <typename F>
  struct Sweep {
    struct Over {
      Connection<F>* conn;
      typename ConnTable<F>::Hashes hashes;
      // Another one: it has ended already, and the record is another connection's. (The same one gets no new
      // stamp any more: whatever finds it finds it over.)
      std::uint32_t stamp_ms;
    };
    std::uint32_t cursor = 0;
    std::uint32_t due = 0;
    unsigned found = 0;
    std::array<Over, ConnTable<F>::kBlock> over;
  };
  /// `busy`: the turn had frames, and so may the next one.
  bool expire(std::uint32_t now_ms, bool busy);
  template <typename F>
  bool expire_slice(Sweep<F>& sweep, std::uint32_t passed_ms, std::uint32_t now_ms);
  template <typename F>
  void end_found(Sweep<F>& sweep);
  bool serve_walk(std::atomic<ConnWalk*>& slot, std::uint32_t now_ms);

  WorkerSetup setup_;
  Fabric& fabric_;
  WorkerBox& box_;
  WorkerTables tables_;
  Transmit transmit_;
  Output output_;
  Exits exits_;
  Pipeline pipeline_;
  std::array<Frame, kBurstFrames> frames_;  // of the burst under way
  const Snapshot* last_snapshot_ = nullptr;
  Sweep<V4> sweep_v4_;
  Sweep<V6> sweep_v6_;
  std::uint32_t swept_ms_ = 0;
};

}  // namespace hvs
