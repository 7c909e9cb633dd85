// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "model/ids.h"
#include "model/names.h"

namespace hvs {

enum class EalLogLevel : std::uint8_t { error, warning, info, debug };

struct EalOptions {
  std::string instance = "default";
  Hugepages hugepages = Hugepages::automatic;
  std::uint64_t memory_bytes = 256_MiB;
  std::vector<unsigned> worker_cpus;  // worker i runs on lcore i + 1, pinned to worker_cpus[i]
  std::vector<std::string> pci;       // addresses of the devices that DPDK may touch (native ports)
  bool physical_addresses = false;    // one of them is without IOMMU (uio)
  EalLogLevel log_level = EalLogLevel::info;
  /// Takes DPDK's log, a line at a time without its newline, from any thread, as long as the process lives.
  /// Unset: standard error.
  std::function<void(EalLogLevel, std::string_view)> log;
};

/// What init_eal would decide, without doing it: for --check.
struct EalPlan {
  bool hugepages = false;
  std::string why;                // of hugepages, one clause
  std::vector<std::string> args;  // of rte_eal_init, argv[0] included
};

/// The running EAL. There is one in a process, and once only: EAL does not start a second time after a
/// cleanup. Ports, pools and rings are gone before it goes.
class Eal {
 public:
  Eal(Eal&& other) noexcept;
  Eal& operator=(Eal&&) = delete;
  ~Eal();

  [[nodiscard]] bool hugepages() const { return hugepages_; }
  [[nodiscard]] static unsigned lcore_of(WorkerId worker) { return worker.value + 1U; }
  /// From now on the end of Eal lets go of NICs alone: other devices stay as they are until the process is
  /// gone.
  static void leave_to_process_end();

 private:
  explicit Eal(bool hugepages) : hugepages_(hugepages) {}
  friend Result<Eal> init_eal(const EalOptions& options);
  bool hugepages_;
  bool owner_ = true;
};

Result<EalPlan> plan_eal(const EalOptions& options);

/// Starts EAL. The calling thread becomes the main lcore and may run on every CPU that the process may use
/// and no worker has; on all of them when workers have all. Never exits the process; the error carries DPDK's
/// last words.
Result<Eal> init_eal(const EalOptions& options);

/// The last lines that DPDK logged as errors or warnings since the previous call, "; " between them.
std::string take_eal_errors();

}  // namespace hvs
