// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "model/counters.h"
#include "model/fib.h"

struct rte_mbuf;

namespace hvs {

/// Frames, rewritten and without a layer-2 header, that wait for the kernel to resolve their next hop:
/// short, bounded, and bounded in time.
class NeighQueue {
 public:
  static constexpr unsigned kNextHops = 32;
  static constexpr unsigned kFramesPerHop = 64;  // the kernel keeps about 100 (net.ipv4.neigh.*.unres_qlen)
  static constexpr std::uint32_t kMaxWaitMs = 3000;  // the kernel gives up after 3 probes, a second apart
  static constexpr std::uint32_t kAskAgainMs = 500;

  struct Waiting {
    NeighKey key;
    std::uint32_t since_ms = 0;
    std::uint32_t asked_ms = 0;
    unsigned count = 0;  // 0: unused
    std::array<rte_mbuf*, kFramesPerHop> frames;
    std::array<ServiceCounters*, kFramesPerHop> services;  // of the same frames; nullptr: none
  };

  explicit NeighQueue(WorkerCounters& counters) : counters_(counters) {}
  ~NeighQueue();
  NeighQueue(const NeighQueue&) = delete;
  NeighQueue& operator=(const NeighQueue&) = delete;

  /// Takes the mbuf; its loss is counted at `service`, too, if there is one. True: the kernel should be
  /// asked. Exits: drop (neigh_queue_full).
  [[nodiscard]] bool add(const NeighKey& key, rte_mbuf* mbuf, ServiceCounters* service, std::uint32_t now_ms);
  [[nodiscard]] bool empty() const { return used_ == 0; }

  /// Looks at every next hop that is waited for: `send(waiting)` returns true when it took the frames;
  /// what waited too long is dropped (neigh_unresolved); `ask(key)` is called for the rest from time to time.
  template <typename Send, typename Ask>
  void visit(std::uint32_t now_ms, Send&& send, Ask&& ask) {
    for (Waiting& w : hops_) {
      if (w.count == 0) continue;
      if (send(w)) {
        w.count = 0;
        --used_;
      } else if (now_ms - w.since_ms > kMaxWaitMs) {
        give_up(w);
      } else if (now_ms - w.asked_ms >= kAskAgainMs) {
        w.asked_ms = now_ms;
        ask(w.key);
      }
    }
  }

 private:
  void give_up(Waiting& w);

  WorkerCounters& counters_;
  unsigned used_ = 0;
  std::array<Waiting, kNextHops> hops_;
};

}  // namespace hvs
