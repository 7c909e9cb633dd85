// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/memory_port.h"

#include <rte_mbuf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace hvs {

struct MemoryPort::Queue {
  std::mutex mutex;  // a lock per burst: this port is for tests
  std::deque<FrameBytes> waiting;
  std::vector<FrameBytes> sent;
  std::vector<FrameBytes> replay;
  std::size_t replay_next = 0;
  std::size_t rx_capacity = std::numeric_limits<std::size_t>::max();
  std::size_t tx_capacity = std::numeric_limits<std::size_t>::max();
  PortStats stats;
  int event_fd = -1;

  Queue() : event_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { HVS_CHECK(event_fd >= 0); }
  ~Queue() { close(event_fd); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void mark_readable() const {
    const eventfd_t one = 1;
    HVS_CHECK(eventfd_write(event_fd, one) == 0);
  }
  void clear_readable() const {
    eventfd_t ignored = 0;
    (void)eventfd_read(event_fd, &ignored);  // EAGAIN: it was clear
  }
};

MemoryPort::MemoryPort(PortInfo info, rte_mempool* pool) : Port(std::move(info)), pool_(pool) {
  HVS_CHECK(info_.queues > 0);
  info_.kind = PortKind::memory;
  for (unsigned i = 0; i < info_.queues; ++i) queues_.push_back(std::make_unique<Queue>());
}

MemoryPort::~MemoryPort() = default;

MemoryPort::Queue& MemoryPort::at(QueueId queue) const {
  HVS_CHECK(queue.index() < queues_.size());
  return *queues_[queue.index()];
}

bool MemoryPort::inject(QueueId queue, std::span<const std::uint8_t> frame) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  if (frame.size() > std::size_t{rte_pktmbuf_data_room_size(pool_)} - RTE_PKTMBUF_HEADROOM) return false;
  if (q.waiting.size() >= q.rx_capacity) {
    ++q.stats.rx_missed;
    return false;
  }
  q.waiting.emplace_back(frame.begin(), frame.end());
  q.mark_readable();
  return true;
}

std::vector<FrameBytes> MemoryPort::take_sent(QueueId queue) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  return std::exchange(q.sent, {});
}

std::size_t MemoryPort::pending(QueueId queue) const {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  return q.waiting.size();
}

void MemoryPort::set_rx_capacity(QueueId queue, std::size_t frames) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  q.rx_capacity = frames;
}

void MemoryPort::set_tx_capacity(QueueId queue, std::size_t frames) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  q.tx_capacity = frames;
}

void MemoryPort::set_replay(QueueId queue, std::vector<FrameBytes> frames) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  q.replay = std::move(frames);
  q.replay_next = 0;
}

void MemoryPort::set_link_up(bool up) { link_up_.store(up, std::memory_order_relaxed); }

rte_mbuf* MemoryPort::to_mbuf(std::span<const std::uint8_t> frame) const {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return nullptr;
  char* room = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size()));
  HVS_CHECK(room != nullptr);
  if (!frame.empty()) std::memcpy(room, frame.data(), frame.size());
  mbuf->port = info_.id.value;
  return mbuf;
}

std::uint16_t MemoryPort::rx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  std::uint16_t taken = 0;
  while (taken < count && (!q.replay.empty() || !q.waiting.empty())) {
    const bool replayed = !q.replay.empty();
    const FrameBytes& bytes = replayed ? q.replay[q.replay_next] : q.waiting.front();
    rte_mbuf* mbuf = to_mbuf(bytes);
    if (mbuf == nullptr) break;  // the frame waits, as it would in a NIC's ring
    q.stats.rx_packets += 1;
    q.stats.rx_bytes += bytes.size();
    frames[taken++] = mbuf;
    if (replayed) {
      q.replay_next = (q.replay_next + 1) % q.replay.size();
    } else {
      q.waiting.pop_front();
    }
  }
  if (q.waiting.empty()) q.clear_readable();
  return taken;
}

std::uint16_t MemoryPort::tx_burst(QueueId queue, rte_mbuf** frames, std::uint16_t count) {
  Queue& q = at(queue);
  const std::lock_guard lock(q.mutex);
  const bool keep = q.replay.empty();
  std::uint16_t sent = 0;
  for (; sent < count && (!keep || q.sent.size() < q.tx_capacity); ++sent) {
    rte_mbuf* mbuf = frames[sent];
    q.stats.tx_packets += 1;
    q.stats.tx_bytes += mbuf->pkt_len;
    if (keep) {
      FrameBytes bytes;
      bytes.reserve(mbuf->pkt_len);
      for (const rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
        const auto* data = rte_pktmbuf_mtod(segment, const std::uint8_t*);
        bytes.insert(bytes.end(), data, data + segment->data_len);
      }
      q.sent.push_back(std::move(bytes));
    }
    rte_pktmbuf_free(mbuf);
  }
  return sent;
}

int MemoryPort::wait_fd(QueueId queue) const { return at(queue).event_fd; }

PortStats MemoryPort::stats() const {
  PortStats total;
  for (const auto& queue : queues_) {
    const std::lock_guard lock(queue->mutex);
    total.rx_packets += queue->stats.rx_packets;
    total.rx_bytes += queue->stats.rx_bytes;
    total.tx_packets += queue->stats.tx_packets;
    total.tx_bytes += queue->stats.tx_bytes;
    total.rx_missed += queue->stats.rx_missed;
  }
  total.link_up = link_up_.load(std::memory_order_relaxed);
  return total;
}

}  // namespace hvs
