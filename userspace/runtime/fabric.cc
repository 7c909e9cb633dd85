// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "runtime/fabric.h"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <tuple>

namespace hvs {

void WorkerBox::wake() {
  // Pairs with the fence between `sleeping = true` and the sleeper's last look at its rings.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!sleeping.load(std::memory_order_relaxed)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd, &one, sizeof one);
}

bool WorkerBox::has_mail() const {
  if (rte_ring_empty(handoff) == 0 || rte_ring_empty(relay) == 0 || rte_ring_empty(from_kernel) == 0)
    return true;
  for (const auto& walk : walks) {
    const ConnWalk* waiting = walk.load(std::memory_order_acquire);
    if (waiting != nullptr && waiting->wants_service()) return true;
  }
  return false;
}

Fabric::Fabric(unsigned workers) : rcu(workers), snapshot(rcu), fib(rcu) {
  for (unsigned w = 0; w < workers; ++w) boxes_.push_back(std::make_unique<WorkerBox>());
}

namespace {

Result<rte_ring*> make_ring(const std::string& name, unsigned size) {
  rte_ring* ring = rte_ring_create(name.c_str(), size, SOCKET_ID_ANY, RING_F_SC_DEQ);
  if (ring == nullptr) {
    return Error{"cannot make ring: " + std::string(rte_strerror(rte_errno)), name, "Raise memory.limit"};
  }
  return ring;
}

void free_ring(rte_ring* ring) {
  if (ring == nullptr) return;
  void* frame = nullptr;
  while (rte_ring_dequeue(ring, &frame) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
  rte_ring_free(ring);
}

}  // namespace

Result<std::unique_ptr<Fabric>> Fabric::create(unsigned workers, unsigned ports,
                                               const std::string& instance) {
  // Rings have names, unique in the process, which may hold several fabrics (benches).
  static std::atomic<unsigned> made{0};
  const std::string prefix = "hvs" + std::to_string(made++) + '_';
  std::unique_ptr<Fabric> fabric(new Fabric(workers));
  for (unsigned w = 0; w < workers; ++w) {
    WorkerBox& box = *fabric->boxes_[w];
    for (const auto& [ring, kind, size] : {std::tuple{&box.handoff, "handoff", kHandoffRingSize},
                                           std::tuple{&box.relay, "relay", kHandoffRingSize},
                                           std::tuple{&box.from_kernel, "kernel", kFromKernelRingSize}}) {
      auto ready = make_ring(prefix + kind + std::to_string(w), size);
      if (!ready) return ready.error();
      *ring = *ready;
    }
    box.adjacency_used = std::make_unique<std::atomic<std::uint8_t>[]>(kMaxAdjacencies);
    box.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (box.wake_fd < 0) {
      return Error{"cannot make eventfd: " + std::string(std::strerror(errno)), instance,
                   "Raise the limit of open files (ulimit -n)"};
    }
  }
  fabric->punts_.resize(ports);
  for (unsigned p = 0; p < ports; ++p) {
    PuntRings& rings = fabric->punts_[p];
    for (const auto& [ring, kind, size] : {std::tuple{&rings.control, "puntc", kPuntControlRingSize},
                                           std::tuple{&rings.request, "puntq", kPuntRequestRingSize},
                                           std::tuple{&rings.rest, "punt", kPuntRestRingSize}}) {
      auto ready = make_ring(prefix + kind + std::to_string(p), size);
      if (!ready) return ready.error();
      *ring = *ready;
    }
  }
  return fabric;
}

Fabric::~Fabric() {
  for (auto& box : boxes_) {
    free_ring(box->handoff);
    free_ring(box->relay);
    free_ring(box->from_kernel);
    if (box->wake_fd >= 0) close(box->wake_fd);
  }
  for (const PuntRings& rings : punts_) {
    free_ring(rings.control);
    free_ring(rings.request);
    free_ring(rings.rest);
  }
}

}  // namespace hvs
