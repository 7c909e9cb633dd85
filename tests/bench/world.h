// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/worker.h"
#include "runtime/fabric.h"
#include "tests/bench/synthetic_port.h"

namespace hvs::bench {

/// A whole balancer without NIC and kernel: one worker, one synthetic port, a FULLNAT UDP service with 16
/// LIPs and 16 dests whose neighbours are known.
class World {
 public:
  World(std::uint32_t max_connections, rte_mempool* pool);

  /// Client tuples of `count` flows to the service.
  static std::vector<FlowTuple> client_flows(std::uint64_t count);
  /// Opens a connection for every flow.
  void establish(const std::vector<FlowTuple>& flows);
  /// What the dests would answer, one tuple per connection in the table.
  std::vector<FlowTuple> reply_flows();
  /// Forwards `packets` frames of these flows in random order.
  void forward(const std::vector<FlowTuple>& flows, std::uint64_t packets);

  [[nodiscard]] SyntheticPort& port() { return port_; }
  [[nodiscard]] Worker& worker() { return *worker_; }

 private:
  SyntheticPort port_;
  std::unique_ptr<Fabric> fabric_;
  std::unique_ptr<Worker> worker_;
  std::uint64_t seed_ = 0x2545f4914f6cdd1dULL;
};

}  // namespace hvs::bench
