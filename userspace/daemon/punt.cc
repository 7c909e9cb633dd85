// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/punt.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <utility>

namespace hvs {

namespace {

unsigned take(rte_ring* ring, rte_mbuf** frames, unsigned count) {
  return rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(frames), count, nullptr);
}

}  // namespace

PuntService::~PuntService() {
  for (Entry& port : ports_) rte_pktmbuf_free_bulk(port.waiting.data(), port.waits);
}

void PuntService::add(std::unique_ptr<Companion> companion) {
  Entry& port = ports_.emplace_back();
  port.sink = companion.get();
  port.companion = std::move(companion);
}

void PuntService::add(FrameSink& sink) { ports_.emplace_back().sink = &sink; }

unsigned PuntService::share_of(unsigned budget) const {
  constexpr unsigned kLeast = 8;
  return std::clamp(budget / std::max(1U, static_cast<unsigned>(ports_.size())), kLeast, kBurst);
}

unsigned PuntService::serve() {
  unsigned count = 0;
  const auto rings = [&](std::size_t p) { return fabric_.punt(PortId{static_cast<std::uint16_t>(p)}); };
  for (std::size_t p = 0; p < ports_.size(); ++p)
    count += give_control(ports_[p], rings(p).control, share_of(kControlPerCall));
  for (std::size_t p = 0; p < ports_.size(); ++p)
    count += give_or_lose(ports_[p], rings(p).request, share_of(kRequestPerCall));
  for (std::size_t p = 0; p < ports_.size(); ++p)
    count += give_or_lose(ports_[p], rings(p).rest, share_of(kRestPerCall));
  return count;
}

/// Returns how many the companion took, wanted or not.
unsigned PuntService::give(Entry& port, rte_mbuf** frames, unsigned count) {
  std::uint64_t refused = 0;
  unsigned taken = count;
  if (port.sink != nullptr) {
    taken = port.sink->give(frames, count, refused);
  } else {
    rte_pktmbuf_free_bulk(frames, count);
    refused = count;
  }
  port.punted += taken - refused;
  port.lost += refused;
  return taken;
}

unsigned PuntService::give_control(Entry& port, rte_ring* ring, unsigned share) {
  const unsigned room = share - std::min(share, port.waits);
  const unsigned came = take(ring, port.waiting.data() + port.waits, room);
  const unsigned all = port.waits + came;
  if (all == 0) return 0;
  const unsigned taken = give(port, port.waiting.data(), all);
  std::copy(port.waiting.begin() + taken, port.waiting.begin() + all, port.waiting.begin());
  port.waits = all - taken;
  return came;
}

unsigned PuntService::give_or_lose(Entry& port, rte_ring* ring, unsigned share) {
  if (port.waits != 0) return 0;  // no room
  std::array<rte_mbuf*, kBurst> frames;
  const unsigned came = take(ring, frames.data(), share);
  if (came == 0) return 0;
  const unsigned taken = give(port, frames.data(), came);
  port.lost += came - taken;
  rte_pktmbuf_free_bulk(frames.data() + taken, came - taken);
  return came;
}

std::uint64_t PuntService::unavailable() const {
  std::uint64_t sum = 0;
  for (const Entry& port : ports_) sum += port.lost;
  return sum;
}

}  // namespace hvs
