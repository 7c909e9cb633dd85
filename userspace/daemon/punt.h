// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "pmd/companion.h"
#include "pmd/native_companion.h"
#include "runtime/fabric.h"

namespace hvs {

/// Gives punted frames to the kernel, in the control thread: what keeps the machine reachable first, then
/// what asks it, then the rest, of every port its share, and no more of each at a call than leaves the thread
/// to other work. A flood of them starves
/// neither control nor, since they have rings of their own, the data path.
class PuntService {
 public:
  explicit PuntService(Fabric& fabric) : fabric_(fabric) {}
  ~PuntService();
  PuntService(const PuntService&) = delete;
  PuntService& operator=(const PuntService&) = delete;

  /// The companion of the next port, in the order of PortId; nullptr: the port has none.
  void add(std::unique_ptr<Companion> companion);
  /// The next port is one whose way to the kernel is its own, as a native one's is.
  void add(FrameSink& sink);
  /// Of an af_xdp port.
  [[nodiscard]] Companion* companion(std::size_t port) const { return ports_[port].companion.get(); }
  /// Returns how many frames left the rings.
  unsigned serve();
  [[nodiscard]] std::uint64_t punted(std::size_t port) const { return ports_[port].punted; }
  /// Frames that no companion took: drop reason punt_unavailable.
  [[nodiscard]] std::uint64_t unavailable() const;
  [[nodiscard]] std::uint64_t lost(std::size_t port) const { return ports_[port].lost; }

  /// Frames of all ports together that one call takes from their rings, of each class.
  static constexpr unsigned kControlPerCall = 256;
  static constexpr unsigned kRequestPerCall = 128;
  static constexpr unsigned kRestPerCall = 128;

 private:
  static constexpr unsigned kBurst = 64;
  struct Entry {
    std::unique_ptr<Companion> companion;
    FrameSink* sink = nullptr;
    std::uint64_t punted = 0;
    std::uint64_t lost = 0;
    // Control frames for which the kernel had no room: they go first.
    std::array<rte_mbuf*, kBurst> waiting{};
    unsigned waits = 0;
  };
  unsigned give_control(Entry& port, rte_ring* ring, unsigned share);
  unsigned give_or_lose(Entry& port, rte_ring* ring, unsigned share);
  static unsigned give(Entry& port, rte_mbuf** frames, unsigned count);
  [[nodiscard]] unsigned share_of(unsigned budget) const;

  Fabric& fabric_;
  std::vector<Entry> ports_;  // by PortId
};

}  // namespace hvs
