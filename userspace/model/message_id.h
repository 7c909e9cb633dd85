// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// Messages about the machine that a person may have to look up: each has a name, which stands at its end in
// brackets, and a paragraph under that name in docs/troubleshooting.md (tests/lint compares the two).
namespace hvs {

#define HVS_MESSAGES(X) \
  X(bind_default_route) \
  X(bind_session)       \
  X(bind_stacked)       \
  X(bind_elsewhere)     \
  X(bind_functions)     \
  X(bind_unknown)       \
  X(bind_unfinished)    \
  X(bind_no_driver)     \
  X(bind_failed)        \
  X(bind_not_pci)       \
  X(device_missing)     \
  X(port_mode)          \
  X(companion_name)     \
  X(companion_failed)   \
  X(iommu_off)          \
  X(iommu_group)        \
  X(device_in_use)      \
  X(driver_unknown)     \
  X(port_start)         \
  X(dpdk_start)         \
  X(lockdown)           \
  X(hugepages_few)      \
  X(hugepages_node)     \
  X(open_files)         \
  X(memlock)            \
  X(cpu_features)       \
  X(cpu_too_few)        \
  X(numa_far)           \
  X(clock_source)       \
  X(bpffs_missing)      \
  X(capabilities)       \
  X(kernel_old)         \
  X(instance_running)   \
  X(lock_file)          \
  X(control_socket)     \
  X(steering_program)   \
  X(steering_pins)      \
  X(xdp_foreign)        \
  X(xdp_mode)           \
  X(queue_count)        \
  X(queue_taken)        \
  X(mtu_native)         \
  X(mtu_af_xdp)         \
  X(mtu_mixed)          \
  X(tun_missing)        \
  X(memory_limit)       \
  X(memory_short)       \
  X(connections_full)   \
  X(lip_ports_full)

enum class MessageId {
#define HVS_MESSAGE_ENUMERATOR(name) name,
  HVS_MESSAGES(HVS_MESSAGE_ENUMERATOR)
#undef HVS_MESSAGE_ENUMERATOR
};

constexpr std::string_view name_of(MessageId id) {
  constexpr std::string_view kNames[] = {
#define HVS_MESSAGE_NAME(name) #name,
      HVS_MESSAGES(HVS_MESSAGE_NAME)
#undef HVS_MESSAGE_NAME
  };
  return kNames[static_cast<std::size_t>(id)];
}

/// The error, under the name that docs/troubleshooting.md explains.
inline Error message(MessageId id, const std::string& where, const std::string& what,
                     const std::string& fix) {
  return {what + " [" + std::string(name_of(id)) + "]", where, fix};
}

}  // namespace hvs
