// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "model/config.h"

namespace hvs {

inline constexpr std::uint64_t kConnectionBytesV4 = 128;  // its share of the hash table included
inline constexpr std::uint64_t kConnectionBytesV6 = 192;
inline constexpr std::uint64_t kLocalPortBytes = 8192;  // one bit for each port of a (LIP, dest) pair
inline constexpr std::uint64_t kMaxPortPairs = 16384;   // of each worker, which has its share of every bitmap
inline constexpr std::uint64_t kTemplateBytes =
    80;  // of a persistent client, its share of the table included

/// Ordinary memory, besides packet buffers, that a configuration takes at most.
struct MemoryNeed {
  std::uint64_t connection_bytes = 0;  // each
  std::uint64_t connections = 0;       // all of them
  std::uint64_t port_pairs = 0;        // (LIP, dest) pairs
  std::uint64_t local_ports = 0;       // their bitmaps, taken on use
  std::uint64_t counters = 0;
  std::uint64_t templates = 0;   // of persistent clients, taken on use
  std::uint64_t placements = 0;  // tables of schedulers that place by a hash
  [[nodiscard]] std::uint64_t total() const {
    return connections + local_ports + counters + templates + placements;
  }
};
MemoryNeed memory_need(const Config& config);

}  // namespace hvs
