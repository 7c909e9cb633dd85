// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/eal.h"

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <atomic>
#include <filesystem>
#include <string_view>
#include <utility>

#include "model/message_id.h"
#include "pmd/eal_log.h"

namespace hvs {
namespace {

std::atomic<bool> started{false};
std::atomic<bool> left{false};

Error start_error(int code) {
  std::string said = take_eal_errors();
  const char* reason = rte_strerror(code);
  if (said.empty()) said = "DPDK gave no reason";
  std::string fix;
  if (code == ENOMEM) fix = "Lower memory.limit, or set memory.hugepages to off";
  return message(MessageId::dpdk_start, "EAL",
                 "DPDK does not start: " + std::string(reason) + " (" + said + ")", fix);
}

/// Lets go of devices that no port has taken, as after a start that failed: DPDK's own cleanup keeps VFIO's
/// files open, and while they are, the kernel waits for ever when the NIC is unbound.
void let_go_of_devices() {
  std::uint16_t port = 0;
  RTE_ETH_FOREACH_DEV(port) {
    rte_eth_dev_info device{};
    if (rte_eth_dev_info_get(port, &device) != 0 || device.device == nullptr) continue;
    // Those that are to stay as they are until the process ends are no NICs.
    if (left && std::string_view(rte_bus_name(rte_dev_bus(device.device))) != "pci") continue;
    rte_eth_dev_close(port);
    rte_dev_remove(device.device);
  }
}

}  // namespace

Eal::Eal(Eal&& other) noexcept : hugepages_(other.hugepages_), owner_(std::exchange(other.owner_, false)) {}

Eal::~Eal() {
  if (!owner_) return;
  // EAL makes a directory even when it has nothing to put there, and forgets it.
  const std::filesystem::path directory = rte_eal_get_runtime_dir();
  let_go_of_devices();
  if (!left) rte_eal_cleanup();
  std::error_code ignored;
  std::filesystem::remove(directory, ignored);  // only an empty one
}

void Eal::leave_to_process_end() { left = true; }

Result<Eal> init_eal(const EalOptions& options) {
  if (options.worker_cpus.size() > kMaxWorkers || options.worker_cpus.size() + 1 > RTE_MAX_LCORE) {
    return Error{std::to_string(options.worker_cpus.size()) + " workers", "workers",
                 "At most " + std::to_string(kMaxWorkers) + " are possible"};
  }
  Result<EalPlan> plan = plan_eal(options);
  if (!plan) return plan.error();
  if (started.exchange(true)) return Error{"EAL starts once in a process", "EAL", ""};
  if (Result<void> routed = eal_log::redirect(options.log); !routed) return routed.error();

  (void)take_eal_errors();
  std::vector<char*> argv;
  argv.reserve(plan->args.size() + 1);
  for (std::string& arg : plan->args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  if (rte_eal_init(static_cast<int>(plan->args.size()), argv.data()) < 0) {
    const int code = rte_errno;
    started = code == EALREADY;  // any other may be tried again
    return start_error(code);
  }
  return Eal(plan->hugepages);
}

}  // namespace hvs
