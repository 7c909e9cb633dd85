// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/fib.h"
#include "model/snapshot.h"
#include "runtime/conn_walk.h"
#include "runtime/rcu.h"
#include "runtime/spsc_ring.h"

struct rte_ring;
struct rte_mbuf;

namespace hvs {

/// "Resolve this next hop's MAC address": worker to control.
struct ResolveRequest {
  std::uint32_t ifindex = 0;
  IpAddr addr;
};

/// A worker's letter boxes. Rings of mbufs are many-to-one; the rest is one-to-one with the control thread.
struct WorkerBox {
  rte_ring* handoff = nullptr;  // frames whose connection this worker owns
  rte_ring* relay = nullptr;    // finished frames for a transmit queue that this worker owns
  // What the kernel sends through a native port: a ring of its own, so that traffic of services leaves room.
  rte_ring* from_kernel = nullptr;
  std::atomic<bool> sleeping{false};
  int wake_fd = -1;  // eventfd: written by others while `sleeping`
  SpscRing<ResolveRequest, 256> resolve;
  /// Listings that the worker serves, side by side: one whose reader stalls does not keep others waiting.
  std::array<std::atomic<ConnWalk*>, 4> walks{};
  /// One byte per adjacency, set by the worker when it sends there, cleared by control (keeps neighbours
  /// alive).
  std::unique_ptr<std::atomic<std::uint8_t>[]> adjacency_used;

  /// Called by whoever put something in: ends the owner's sleep, if it sleeps. A system call only then.
  void wake();
  /// The owner: something waits here. To be asked once more before sleeping.
  [[nodiscard]] bool has_mail() const;
};

inline constexpr std::uint32_t kMaxAdjacencies = 65536;
inline constexpr unsigned kHandoffRingSize = 4096;
inline constexpr unsigned kPuntControlRingSize = 256;
inline constexpr unsigned kPuntRequestRingSize = 256;
inline constexpr unsigned kPuntRestRingSize = 512;
inline constexpr unsigned kFromKernelRingSize = 1024;

/// What waits for the kernel by one port, from all workers to the control thread: what it needs to stay
/// reachable, what asks it, and the rest. mbuf->port is the PortId.
struct PuntRings {
  rte_ring* control = nullptr;
  rte_ring* request = nullptr;
  rte_ring* rest = nullptr;
};

/// Everything that threads share at run time: the published values and the rings. Made once at start.
class Fabric {
 public:
  static Result<std::unique_ptr<Fabric>> create(unsigned workers, unsigned ports,
                                                const std::string& instance);
  ~Fabric();
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  Rcu rcu;
  Published<Snapshot> snapshot;
  Published<Fib> fib;
  [[nodiscard]] WorkerBox& box(WorkerId worker) { return *boxes_[worker.index()]; }
  [[nodiscard]] unsigned workers() const { return static_cast<unsigned>(boxes_.size()); }
  /// Control: no worker sleeps over what was just published.
  void wake_all() {
    for (const auto& box : boxes_) box->wake();
  }
  /// Frames for the kernel that came in by that port.
  [[nodiscard]] const PuntRings& punt(PortId port) const { return punts_[port.index()]; }
  [[nodiscard]] unsigned ports() const { return static_cast<unsigned>(punts_.size()); }

 private:
  explicit Fabric(unsigned workers);
  std::vector<std::unique_ptr<WorkerBox>> boxes_;
  std::vector<PuntRings> punts_;  // by PortId
};

}  // namespace hvs
