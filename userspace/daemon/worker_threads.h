// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataplane/worker.h"
#include "model/config.h"

namespace hvs {

/// Who polls which queue. Queues are dealt out to workers in turn, over all ports, so that each queue has one
/// worker and the load spreads. A worker without a queue on a port sends through the owner of one.
std::vector<WorkerSetup> deal_out_queues(const std::vector<Port*>& ports, unsigned workers);

/// The workers' clock.
[[nodiscard]] std::uint32_t worker_now_ms();

/// The workers on their pinned threads (DPDK lcores).
class WorkerThreads {
 public:
  WorkerThreads(const Config& config, const std::vector<Port*>& ports, Fabric& fabric);
  ~WorkerThreads();  // stops

  Result<void> start();
  void stop();
  [[nodiscard]] std::vector<std::unique_ptr<Worker>>& list() { return workers_; }
  /// Forgets persistent clients whose time is over, a part of them at each call: all within a minute when it
  /// is called every second.
  void sweep_templates();
  /// Brings memory that the workers will touch next; often, from the control thread.
  void bring_pages() {
    for (auto& worker : workers_) worker->tables().bring_pages(uses_v4_, uses_v6_);
  }
  /// Families that connections may have from now on.
  void expect_families(const Snapshot& snapshot);
  /// How local ports are dealt out, for people (PortOwnersChoice::why).
  [[nodiscard]] const std::string& local_ports() const { return local_ports_; }

 private:
  struct Thread {
    WorkerThreads* owner = nullptr;
    Worker* worker = nullptr;
  };
  static int run(void* thread);
  void loop(Worker& worker);
  /// Whether ports tell of frames as they should.
  struct Trust {
    unsigned silent = 0;
  };
  bool sleep(Worker& worker);
  static void check_waits(Worker& worker, Trust& trust, bool told);

  Fabric& fabric_;
  PollMode poll_;
  ConnBudget budget_;
  std::string local_ports_;
  SharedTables shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Thread> threads_;
  std::atomic<bool> stop_{false};
  bool running_ = false;
  bool uses_v4_ = false;
  bool uses_v6_ = false;
};

}  // namespace hvs
