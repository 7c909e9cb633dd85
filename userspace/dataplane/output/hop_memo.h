// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/ids.h"
#include "net/ip_addr.h"

namespace hvs {

/// Adjacencies of destinations asked for lately: new connections go to few dests and come, in either
/// direction, by few ways, so most need no walk through the routing table. Holds while the Fib's generation
/// does.
class HopMemo {
 public:
  /// nullptr: not asked for lately.
  [[nodiscard]] const AdjIndex* find(const IpAddr& destination, std::uint32_t generation) const {
    const Entry& entry = entries_[row_of(destination)];
    return entry.generation == generation && entry.destination == destination ? &entry.adj : nullptr;
  }
  /// `generation` is not 0.
  void remember(const IpAddr& destination, std::uint32_t generation, AdjIndex adj) {
    entries_[row_of(destination)] = {destination, generation, adj};
  }

 private:
  static constexpr std::size_t kRows = 256;  // 7 KiB: stays in the first-level cache
  struct Entry {
    IpAddr destination;
    std::uint32_t generation = 0;
    AdjIndex adj;
  };
  static std::size_t row_of(const IpAddr& addr) { return std::hash<IpAddr>{}(addr) >> 56; }
  std::array<Entry, kRows> entries_{};
};

}  // namespace hvs
