// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/strong.h"

namespace hvs {

using WorkerId = Strong<struct WorkerIdTag, std::uint8_t>;
using QueueId = Strong<struct QueueIdTag, std::uint16_t>;
using PortId = Strong<struct PortIdTag, std::uint16_t>;
/// TCP/UDP port, host byte order.
using L4Port = Strong<struct L4PortTag, std::uint16_t>;
/// Row of a service (dest) in every per-worker array. Stable while the service (dest) exists, over
/// reloads, and not used again before the last connection that carries it is gone.
using ServiceSlot = Strong<struct ServiceSlotTag, std::uint32_t>;
using DestSlot = Strong<struct DestSlotTag, std::uint32_t>;
/// Row of the adjacency table (fib.h). Stable for a (interface, next hop) pair.
using AdjIndex = Strong<struct AdjIndexTag, std::uint32_t>;

inline constexpr unsigned kMaxWorkers = 64;
inline constexpr unsigned kMaxPorts = 32;
inline constexpr std::uint32_t kMaxServices = 16383;  // rows of steer_stats, less row 0
inline constexpr std::uint32_t kMaxDests = 1U << 20;

}  // namespace hvs
