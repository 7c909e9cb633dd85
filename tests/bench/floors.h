// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>

#include "tests/bench/synthetic_port.h"

namespace hvs::bench {

/// Receive and send again, nothing else: what no forwarding can be faster than here.
void empty_loop(SyntheticPort& port, Stream& stream, std::uint64_t packets);

/// The yardstick of a table: rte_hash with a flow's tuple as key, looked up a burst at a time, and a 64-byte
/// record for each flow, fetched ahead and updated. On pages like those of the connection table.
class HashFloor {
 public:
  explicit HashFloor(const FlowList& flows);
  ~HashFloor();
  HashFloor(const HashFloor&) = delete;
  HashFloor& operator=(const HashFloor&) = delete;

  /// Table and records alone: no frames, keys taken from the stream.
  void lookup(Stream& stream, std::uint64_t packets);
  /// A balancer built of libraries that does nothing to the packet: receive, parse, look up, count, send.
  void forward(SyntheticPort& port, Stream& stream, std::uint64_t packets);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hvs::bench
