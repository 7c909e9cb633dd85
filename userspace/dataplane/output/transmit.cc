// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/output/transmit.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base/check.h"
#include "runtime/mbuf_tag.h"

namespace hvs {

namespace {
/// A full queue is offered the rest this often before the frames are dropped: an AF_XDP socket frees
/// descriptors only when it is called.
constexpr unsigned kTxAttempts = 8;
}  // namespace

Transmit::Transmit(std::vector<TxPath> paths, Fabric& fabric, WorkerCounters& counters)
    : paths_(std::move(paths)), buffers_(paths_.size()), fabric_(fabric), counters_(counters) {}

void Transmit::flush() {
  for (std::size_t port = 0; port < buffers_.size(); ++port) {
    if (buffers_[port].count != 0) flush(port);
  }
}

void Transmit::flush(std::size_t port) {
  Buffer& buffer = buffers_[port];
  const TxPath& path = paths_[port];
  const unsigned count = buffer.count;
  buffer.count = 0;
  unsigned sent = 0;
  Drop reason = Drop::tx_full;
  if (path.queue) {
    std::uint64_t bytes = 0;
    for (unsigned i = 0; i < count; ++i) bytes += rte_pktmbuf_pkt_len(buffer.frames[i]);
    for (unsigned attempt = 0; sent < count && attempt < kTxAttempts; ++attempt) {
      sent +=
          path.port->tx_burst(*path.queue, &buffer.frames[sent], static_cast<std::uint16_t>(count - sent));
    }
    for (unsigned i = sent; i < count; ++i) bytes -= rte_pktmbuf_pkt_len(buffer.frames[i]);
    counters_.tx_packets.add(sent);
    counters_.tx_bytes.add(bytes);
  } else {
    for (unsigned i = 0; i < count; ++i) tag_mbuf(buffer.frames[i], path.port->info().id, 0);
    WorkerBox& box = fabric_.box(path.relay);
    sent = rte_ring_enqueue_burst(box.relay, reinterpret_cast<void**>(buffer.frames.data()), count, nullptr);
    box.wake();
    counters_.tx_relay_out.add(sent);
    reason = Drop::handoff_full;
  }
  for (unsigned i = sent; i < count; ++i) {
    counters_.drop(reason);
    rte_pktmbuf_free(buffer.frames[i]);
  }
}

unsigned Transmit::take(rte_ring* ring) {
  rte_mbuf* frames[kBuffer];
  const unsigned count = rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(frames), kBuffer, nullptr);
  for (unsigned i = 0; i < count; ++i) add(port_of(frames[i]), frames[i]);
  return count;
}

unsigned Transmit::take_relayed(WorkerId self) {
  const unsigned count = take(fabric_.box(self).relay);
  counters_.tx_relay_in.add(count);
  return count;
}

unsigned Transmit::take_from_kernel(WorkerId self) { return take(fabric_.box(self).from_kernel); }

}  // namespace hvs
