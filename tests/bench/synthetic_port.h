// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/frame.h"
#include "pmd/port.h"
#include "tests/bench/flow_list.h"

struct rte_mempool;

namespace hvs::bench {

/// Frames of a list's flows, from first to last and again. Where it stands is kept from run to run, so that a
/// short run over many flows does not see the same ones each time.
struct Stream {
  const FlowList* flows = nullptr;
  std::uint8_t tcp_flags = 0;
  std::uint64_t next = 0;
};

/// A port without a NIC: receiving makes the smallest frames of the flows that a queue is fed with, in the
/// loop, a SYN with the options that hosts send; sending frees them. What it costs by itself is the "empty
/// loop" floor. A queue belongs to one thread.
class SyntheticPort final : public Port {
 public:
  static constexpr std::size_t kMostStreams = 8;

  /// `info.queues` queues.
  SyntheticPort(PortInfo info, rte_mempool* pool);

  /// The next `frames` frames of a queue come from these streams in turn; from more than two, in an order
  /// that is another one in each burst, so that nobody knows what comes next.
  void feed(QueueId queue, std::uint64_t frames, std::span<Stream* const> streams);
  void feed(QueueId queue, std::uint64_t frames, Stream& stream) { feed(queue, frames, std::array{&stream}); }
  /// From now on the flows of the SYNs that a queue sends are added to this list (nullptr: no more).
  void capture_syns(QueueId queue, FlowList* sent) { at(queue).captured = sent; }
  /// Frames of IPv4 have a right header checksum, as what leaves as IPv6 must have (it costs some ns a
  /// frame).
  void sum_headers() { sums_headers_ = true; }
  [[nodiscard]] std::uint64_t sent(QueueId queue) const { return queues_[queue.index()]->sent; }

  std::uint16_t rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  std::uint16_t tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  [[nodiscard]] PortStats stats() const override;

 private:
  static constexpr unsigned kTemplateBytes = 96;
  struct Source {
    alignas(16) std::array<std::uint8_t, kTemplateBytes> frame{};  // all but the flow
    std::uint16_t length = 0;
    Stream* stream = nullptr;
  };
  struct alignas(64) Queue {
    std::array<Source, kMostStreams> sources;
    unsigned sources_used = 0;
    bool long_frames = false;  // some have TCP options
    std::size_t order = 0;     // of the next burst, where there are more than two sources
    std::uint64_t budget = 0;
    FlowList* captured = nullptr;
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
  };
  Queue& at(QueueId queue) { return *queues_[queue.index()]; }
  void prepare(Source& source, Stream& stream) const;
  template <unsigned kCopyBytes, unsigned kTupleAt, unsigned kTupleBytes, bool kSums>
  static void fill(Queue& queue, rte_mbuf** frames, unsigned count);
  template <unsigned kCopyBytes, unsigned kTupleAt, unsigned kTupleBytes, bool kSums>
  static void fill_copying(Queue& queue, rte_mbuf** frames, unsigned count);
  void mix(Queue& queue, rte_mbuf** frames) const;

  rte_mempool* pool_;
  bool sums_headers_ = false;
  using Order = std::array<std::uint8_t, kBurstFrames>;
  std::array<Order, 64> orders_;
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace hvs::bench
