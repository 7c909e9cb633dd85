// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pmd/port.h"

struct rte_mempool;

namespace hvs {

using FrameBytes = std::vector<std::uint8_t>;

/// A port without a NIC, for tests and benches: frames go in and come out as bytes. Safe to use from a test's
/// thread while a worker polls it.
class MemoryPort final : public Port {
 public:
  /// `pool` gives the received mbufs and outlives the port. info.queues queues; info.kind becomes memory.
  MemoryPort(PortInfo info, rte_mempool* pool);
  ~MemoryPort() override;

  /// Puts a frame on a receive queue. False: the queue is at its capacity (counted as rx_missed), or the
  /// frame is longer than an mbuf of the pool.
  bool inject(QueueId queue, std::span<const std::uint8_t> frame);
  /// The frames sent since the last call, oldest first.
  std::vector<FrameBytes> take_sent(QueueId queue);
  [[nodiscard]] std::size_t pending(QueueId queue) const;

  /// Bounds the frames that wait for the worker; the default is no bound.
  void set_rx_capacity(QueueId queue, std::size_t frames);
  /// Bounds the frames that were sent and not taken; at the bound tx_burst takes no more. Default: no bound.
  void set_tx_capacity(QueueId queue, std::size_t frames);

  /// For benches: rx_burst serves copies of these frames in turn, without end, and sent frames are counted
  /// and freed. An empty list ends it.
  void set_replay(QueueId queue, std::vector<FrameBytes> frames);
  void set_link_up(bool up);

  std::uint16_t rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  std::uint16_t tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) override;
  /// An eventfd that is readable while injected frames wait.
  [[nodiscard]] int wait_fd(QueueId queue) const override;
  [[nodiscard]] PortStats stats() const override;

 private:
  struct Queue;
  [[nodiscard]] Queue& at(QueueId queue) const;
  rte_mbuf* to_mbuf(std::span<const std::uint8_t> frame) const;

  rte_mempool* pool_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::atomic<bool> link_up_{true};
};

}  // namespace hvs
