// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <memory>

#include "base/result.h"
#include "model/config.h"
#include "model/device_facts.h"
#include "pmd/port.h"

struct rte_mempool;

namespace hvs {

struct NativeOptions {
  PortId id;
  rte_mempool* pool = nullptr;
};

/// A NIC that a DPDK driver owns. Not available yet: always an error that says what to use instead.
Result<std::unique_ptr<Port>> open_native_port(const PortConfig& config, const DeviceFacts& facts,
                                               const NativeOptions& options);

}  // namespace hvs
