// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/ids.h"
#include "model/port_range.h"

namespace hvs {

/// Which worker has a queue, by port and queue: they are dealt out in turn, over all ports.
[[nodiscard]] std::vector<std::vector<WorkerId>> queue_workers(const std::vector<std::uint16_t>& queues,
                                                               unsigned workers);

/// How many of the local ports in `range` are dealt to one of `some`, by blocks: RSS is followed only where
/// every port brings frames to every worker.
[[nodiscard]] std::uint32_t local_ports_of(std::span<const WorkerId> some, unsigned workers,
                                           const PortRange& range);

}  // namespace hvs
