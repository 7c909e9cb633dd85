// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/kernel_traffic.h"

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <string>

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

Result<void> KernelTraffic::start() {
  for (Way& way : ways_) {
    if (way.port == nullptr) continue;
    const int fd = dup(way.port->companion().fd());
    if (fd < 0) {
      return Error{"cannot wait for what the kernel sends: " + std::string(std::strerror(errno)),
                   "companion " + way.port->companion().name(),
                   errno == EMFILE ? "Raise the limit of open files (ulimit -n)" : ""};
    }
    way.readable = std::make_unique<boost::asio::posix::stream_descriptor>(io_, fd);
    wait(way);
  }
  return {};
}

void KernelTraffic::wait(Way& way) {
  way.readable->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this, &way](const boost::system::error_code& error) {
                             if (error) return;
                             way.port->companion().drain();
                             take(way);
                           });
}

void KernelTraffic::take(Way& way) {
  rte_mbuf* frames[kFramesPerTurn];
  const unsigned count = way.port->companion().take(frames, kFramesPerTurn, way.port->pool(), way.lost);
  if (count != 0) send(way, frames, count);
  if (count < kFramesPerTurn) return wait(way);
  // More may wait, of which vhost-net has told already.
  boost::asio::post(way.readable->get_executor(), [this, &way, life = std::weak_ptr<int>(life_)] {
    if (!life.expired()) take(way);
  });
}

void KernelTraffic::send(Way& way, rte_mbuf** frames, unsigned count) {
  for (unsigned i = 0; i < count; ++i) tag_mbuf(frames[i], way.port->info().id, 0);
  WorkerBox& box = fabric_.box(way.owner);
  const unsigned sent =
      rte_ring_sp_enqueue_burst(box.from_kernel, reinterpret_cast<void**>(frames), count, nullptr);
  box.wake();
  way.sent += sent;
  way.lost += count - sent;
  for (unsigned i = sent; i < count; ++i) rte_pktmbuf_free(frames[i]);
}

}  // namespace hvs
