// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/conn/flow_key.h"
#include "model/ids.h"

namespace hvs {

/// Adjacencies of destinations of one family asked for lately: new connections go to few dests and come, in
/// either direction, by few ways, so most need no walk through the routing table. Holds while the Fib's
/// generation does.
template <typename F>
class HopMemo {
 public:
  using Addr = typename F::Addr;
  /// nullptr: not asked for lately.
  [[nodiscard]] const AdjIndex* find(const Addr& destination, std::uint32_t generation) const {
    const Entry& entry = entries_[row_of(destination)];
    return entry.generation == generation && entry.destination == destination ? &entry.adj : nullptr;
  }
  /// `generation` is not 0.
  void remember(const Addr& destination, std::uint32_t generation, AdjIndex adj) {
    entries_[row_of(destination)] = {destination, generation, adj};
  }

 private:
  // 48 and 96 KiB; those of few dests stay in the first-level cache.
  static constexpr std::size_t kRows = 4096;
  struct Entry {
    Addr destination{};
    std::uint32_t generation = 0;
    AdjIndex adj;
  };
  static std::size_t row_of(V4::Addr addr) { return addr * 0x9e3779b1U >> 20; }
  static std::size_t row_of(const V6::Addr& addr) {
    return (addr.lo * 0x9e3779b97f4a7c15ULL ^ addr.hi * 0xc2b2ae3d27d4eb4fULL) >> 52;
  }
  std::array<Entry, kRows> entries_{};
};

}  // namespace hvs
