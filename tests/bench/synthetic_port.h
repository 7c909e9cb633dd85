// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <vector>

#include "pmd/port.h"

struct rte_mempool;

namespace hvs::bench {

/// What differs between the frames of two flows: enough to write one, small enough to have ten million.
/// Addresses and ports are raw (network byte order).
struct FlowTuple {
  std::uint32_t src = 0;
  std::uint32_t dst = 0;
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
};

/// A port without a NIC: receiving makes 60-byte UDP frames of flows picked at random from a list, in the
/// loop; sending frees them. What it costs by itself is the "empty loop" floor.
class SyntheticPort final : public Port {
 public:
  SyntheticPort(PortInfo info, rte_mempool* pool);

  /// Frames of these flows, in random order from `seed`, or each once in order when `in_order`.
  void set_flows(const std::vector<FlowTuple>* flows, std::uint64_t seed, bool in_order);
  /// Stops making frames after this many.
  void set_budget(std::uint64_t frames) { budget_ = frames; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  std::uint16_t rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  std::uint16_t tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  [[nodiscard]] PortStats stats() const override;

 private:
  rte_mempool* pool_;
  const std::vector<FlowTuple>* flows_ = nullptr;
  std::uint64_t random_ = 1;
  std::uint64_t next_ = 0;
  bool in_order_ = false;
  std::uint64_t budget_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace hvs::bench
