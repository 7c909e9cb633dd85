// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "model/counters.h"
#include "pmd/port.h"
#include "runtime/fabric.h"

namespace hvs {

/// How a worker reaches one port's transmit side: a queue of its own, or the worker that owns one.
struct TxPath {
  Port* port = nullptr;
  std::optional<QueueId> queue;
  WorkerId relay;  // when there is no queue
};

/// Collects finished frames per port and gives them to the queue, or to the queue's owner, in bursts.
class Transmit {
 public:
  Transmit(std::vector<TxPath> paths, Fabric& fabric, WorkerCounters& counters);

  /// Takes the mbuf. A full buffer is flushed.
  void add(PortId port, rte_mbuf* mbuf) {
    HVS_DCHECK(port.index() < buffers_.size());
    Buffer& buffer = buffers_[port.index()];
    buffer.frames[buffer.count++] = mbuf;
    if (buffer.count == kBuffer) [[unlikely]]
      flush(port.index());
  }
  /// Sends everything collected. Exits: drop (tx_full, handoff_full).
  void flush();
  /// Sends what other workers gave us for our queues. Returns how many.
  unsigned take_relayed(WorkerId self);
  /// Sends what the kernel gave for our queues: a buffer of it at most, so that a flood of it leaves room for
  /// what we forward. Returns how many.
  unsigned take_from_kernel(WorkerId self);

 private:
  unsigned take(rte_ring* ring);
  static constexpr unsigned kBuffer = 64;
  struct Buffer {
    std::array<rte_mbuf*, kBuffer> frames;
    unsigned count = 0;
  };
  void flush(std::size_t port);

  std::vector<TxPath> paths_;  // by PortId
  std::vector<Buffer> buffers_;
  Fabric& fabric_;
  WorkerCounters& counters_;
};

}  // namespace hvs
