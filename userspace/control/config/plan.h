// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/config/machine_facts.h"
#include "model/config.h"
#include "model/device_facts.h"

// `hvsd --check`: what a configuration would do and take, beside what the machine has. Nothing is opened,
// attached or allocated.
namespace hvs {

/// What pmd/ says of one port, in the order of Config::ports.
struct PortFacts {
  DeviceFacts device;
  PortKind kind = PortKind::af_xdp;
  std::string why;              // of the kind
  std::string companion;        // the netdev that a native port gets
  std::vector<Error> problems;  // why the device cannot be opened so
};

/// What pmd/ would take for packet buffers (plan_pools, planned_memory).
struct BufferFacts {
  std::uint64_t buffers = 0;                         // how many
  std::uint64_t bytes = 0;                           // out of memory.limit
  std::uint64_t locked_bytes = 0;                    // by AF_XDP sockets, summed over queues
  std::vector<std::pair<int, std::uint64_t>> nodes;  // bytes by NUMA node, when hugepages are used
};

struct Plan {
  std::vector<std::string> lines;  // what would be, a line each
  std::vector<Error> problems;     // it would not start
  std::vector<Error> warnings;     // it would start, but perhaps not do what is wanted
  [[nodiscard]] bool ok() const { return problems.empty(); }
  [[nodiscard]] std::string text() const;
};

Plan make_plan(const Config& config, const MachineFacts& machine, const std::vector<PortFacts>& ports,
               const BufferFacts& buffers);

/// The CPUs of the workers: those of `cpus`, else the last ones that this process may use, which leaves the
/// first one to the kernel and the control thread.
Result<std::vector<unsigned>> worker_cpus(const WorkersConfig& workers, const MachineFacts& machine);

}  // namespace hvs
