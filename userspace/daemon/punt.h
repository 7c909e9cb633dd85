// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pmd/companion.h"
#include "pmd/native_companion.h"
#include "runtime/fabric.h"

namespace hvs {

/// Gives punted frames to the kernel, in the control thread: bounded per call, so that a flood of them
/// starves neither control nor, since it has a ring of its own, the data path.
class PuntService {
 public:
  explicit PuntService(Fabric& fabric) : fabric_(fabric) {}

  /// The companion of the next port, in the order of PortId; nullptr: the port has none.
  void add(std::unique_ptr<Companion> companion) {
    FrameSink* sink = companion.get();
    ports_.push_back({std::move(companion), sink, 0, 0});
  }
  /// The next port is a native one, whose companion is its own.
  void add(NativeCompanion& companion) { ports_.push_back({nullptr, &companion, 0, 0}); }
  /// Of an af_xdp port.
  [[nodiscard]] Companion* companion(std::size_t port) const { return ports_[port].companion.get(); }
  /// Returns how many frames it took.
  unsigned serve();
  [[nodiscard]] std::uint64_t punted(std::size_t port) const { return ports_[port].punted; }
  /// Frames that no companion took: drop reason punt_unavailable.
  [[nodiscard]] std::uint64_t unavailable() const;
  [[nodiscard]] std::uint64_t lost(std::size_t port) const { return ports_[port].lost; }

 private:
  struct Entry {
    std::unique_ptr<Companion> companion;
    FrameSink* sink;
    std::uint64_t punted;
    std::uint64_t lost;
  };
  Fabric& fabric_;
  std::vector<Entry> ports_;  // by PortId
};

}  // namespace hvs
