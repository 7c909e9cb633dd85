// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/compile/compiler.h"
#include "dataplane/worker.h"
#include "pmd/memory_port.h"
#include "tests/golden/world.h"

struct rte_mempool;

namespace hvs::golden {

using Bytes = std::vector<std::uint8_t>;

/// Every counter by name, "service.web.to_dest.packets"; those of worker 1 and up begin with "workerN.".
using CounterMap = std::map<std::string, std::int64_t>;

/// A counter's name, in pieces.
using CounterName = std::array<std::string_view, 4>;
using CounterVisit = std::function<void(const CounterName&, std::int64_t value)>;
[[nodiscard]] inline std::string text_of(const CounterName& name) {
  std::string text;
  for (const std::string_view piece : name) text += piece;
  return text;
}

/// A frame that HVS gave to the kernel.
struct Punted {
  PortId port;
  Bytes bytes;
};

/// The forwarding core as the daemon puts it together, over memory ports, with a clock of its own and a
/// known hash secret. Nothing runs by itself: turn() is what makes it go. One at a time in a process.
class Rig {
 public:
  struct Sizes {
    std::uint32_t connections = 1024;  // of each worker
    std::uint32_t lip_pairs = 256;
  };
  Rig(const Config& config, const World& world, const Sizes& sizes);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  /// Publishes another configuration, or other routes and neighbours.
  void load(const Config& config);
  void load(const World& world);

  void inject(PortId port, QueueId queue, const Bytes& frame);
  void advance(std::uint32_t ms) { now_ms_ += ms; }
  /// Every worker's turn, in their order, so many times.
  void turn(unsigned times = 1);
  /// One worker's turn.
  [[nodiscard]] Worker& worker(unsigned worker) { return *workers_[worker]; }
  bool turn_one(unsigned worker) { return workers_[worker]->turn(now_ms_); }

  [[nodiscard]] std::vector<Bytes> sent(PortId port, QueueId queue);
  [[nodiscard]] std::vector<Punted> punted();
  /// "IFINDEX ADDRESS", in the order of asking.
  [[nodiscard]] std::vector<std::string> asked();
  [[nodiscard]] CounterMap counters() const;
  /// Every counter, by worker, and then by the slots of services and dests.
  void each_counter(const CounterVisit& visit) const;

  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] unsigned workers() const { return static_cast<unsigned>(workers_.size()); }
  [[nodiscard]] unsigned queues(PortId port) const { return ports_[port.index()]->info().queues; }
  [[nodiscard]] WorkerBox& box(unsigned w) { return fabric_->box(WorkerId{static_cast<std::uint8_t>(w)}); }
  [[nodiscard]] MemoryPort& port(PortId port) { return *ports_[port.index()]; }
  /// The worker that polls a queue and sends on it. Queues are dealt out in turn, as the daemon does.
  [[nodiscard]] unsigned owner(PortId port, QueueId queue) const { return owner(port, queue, workers()); }

  /// Set by main(): the pool of all rigs.
  static rte_mempool* pool;
  /// Every test runs with the vector paths, and with HVS_TEST_SIMD=off in the environment without.
  static Simd simd;

 private:
  [[nodiscard]] unsigned owner(PortId port, QueueId queue, unsigned workers) const;
  [[nodiscard]] std::shared_ptr<const PortOwners> port_owners(unsigned workers) const;
  [[nodiscard]] WorkerSetup setup_of(unsigned worker, unsigned workers, const Sizes& sizes);

  World world_;
  FibBuilder fibs_;
  SnapshotCompiler compiler_;
  std::map<std::uint32_t, std::string> service_names_;  // by slot, removed ones too
  std::map<std::uint32_t, std::string> dest_names_;
  std::unique_ptr<Fabric> fabric_;
  std::vector<std::unique_ptr<MemoryPort>> ports_;
  SharedTables shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint32_t now_ms_ = 1'000'000;
};

}  // namespace hvs::golden
