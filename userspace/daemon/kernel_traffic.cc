// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/kernel_traffic.h"

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <unistd.h>

#include "runtime/mbuf_tag.h"

namespace hvs {

namespace {

/// Of one companion at a time, so that other work of the control thread gets its turn.
constexpr unsigned kFramesPerTurn = 64;

/// The worker that owns a transmit queue of the port.
WorkerId owner_of(const Port& port, const std::vector<std::unique_ptr<Worker>>& workers) {
  for (const auto& worker : workers) {
    if (worker->setup().tx[port.info().id.index()].queue) return worker->id();
  }
  return WorkerId{0};
}

}  // namespace

KernelTraffic::KernelTraffic(boost::asio::io_context& io, Ports& ports, Fabric& fabric,
                             const std::vector<std::unique_ptr<Worker>>& workers)
    : io_(io), fabric_(fabric), ways_(ports.size()) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    ways_[i].port = ports.native(i);
    if (ways_[i].port != nullptr) ways_[i].owner = owner_of(*ways_[i].port, workers);
  }
}

void KernelTraffic::start() {
  for (Way& way : ways_) {
    if (way.port == nullptr) continue;
    way.readable =
        std::make_unique<boost::asio::posix::stream_descriptor>(io_, dup(way.port->companion().fd()));
    wait(way);
  }
}

void KernelTraffic::wait(Way& way) {
  way.readable->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this, &way](const boost::system::error_code& error) {
                             if (error) return;
                             take(way);
                             wait(way);
                           });
}

void KernelTraffic::take(Way& way) {
  rte_mbuf* frames[kFramesPerTurn];
  unsigned count = 0;
  while (count < kFramesPerTurn) {
    rte_mbuf* mbuf = way.port->new_buffer();
    std::uint8_t drain[1];  // without a buffer the frame is read all the same, and cut off
    const std::size_t room = mbuf != nullptr ? rte_pktmbuf_tailroom(mbuf) : sizeof drain;
    const std::size_t size =
        way.port->companion().read({mbuf != nullptr ? rte_pktmbuf_mtod(mbuf, std::uint8_t*) : drain, room});
    if (size == 0) {
      rte_pktmbuf_free(mbuf);
      break;
    }
    if (mbuf == nullptr) {
      ++way.lost;
      break;
    }
    rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(size));
    tag_mbuf(mbuf, way.port->info().id, 0);
    frames[count++] = mbuf;
  }
  if (count == 0) return;
  WorkerBox& box = fabric_.box(way.owner);
  const unsigned sent =
      rte_ring_sp_enqueue_burst(box.from_kernel, reinterpret_cast<void**>(frames), count, nullptr);
  box.wake();
  way.sent += sent;
  way.lost += count - sent;
  for (unsigned i = sent; i < count; ++i) rte_pktmbuf_free(frames[i]);
}

}  // namespace hvs
