// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/exits.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "dataplane/exits/punt_class.h"
#include "runtime/mbuf_tag.h"

namespace hvs {

Exits::Exits(WorkerId self, Fabric& fabric, Output& output, WorkerCounters& counters)
    : self_(self),
      fabric_(fabric),
      output_(output),
      counters_(counters),
      outboxes_(fabric.workers()),
      punt_losses_(fabric.ports()) {}

void Exits::drop(const Frame& frame, Drop reason) {
  counters_.drop(reason);
  rte_pktmbuf_free(frame.mbuf);
}

void Exits::done(const Frame& frame) { rte_pktmbuf_free(frame.mbuf); }

void Exits::punt(const Frame& frame) {
  tag_mbuf(frame.mbuf, frame.port, 0);
  const PuntRings& rings = fabric_.punt(frame.port);
  PuntLosses& losses = punt_losses_[frame.port.index()];
  const auto put = [&](rte_ring* ring, Counter& lost, Drop reason) {
    if (rte_ring_mp_enqueue(ring, frame.mbuf) == 0) return counters_.punts.inc();
    lost.inc();
    drop(frame, reason);
  };
  switch (punt_class(frame.bytes())) {
    case PuntClass::control: return put(rings.control, losses.control, Drop::punt_control_full);
    case PuntClass::request: return put(rings.request, losses.request, Drop::punt_request_full);
    case PuntClass::rest: return put(rings.rest, losses.rest, Drop::punt_full);
  }
}

void Exits::handoff(const Frame& frame, WorkerId owner) {
  Outbox& outbox = outboxes_[owner.index()];
  if (outbox.count == outbox.frames.size()) flush(owner);
  tag_mbuf(frame.mbuf, frame.port, static_cast<std::uint8_t>(frame.hops + 1));
  outbox.frames[outbox.count++] = frame.mbuf;
}

void Exits::flush(WorkerId owner) {
  Outbox& outbox = outboxes_[owner.index()];
  WorkerBox& box = fabric_.box(owner);
  const unsigned sent = rte_ring_mp_enqueue_burst(box.handoff, reinterpret_cast<void**>(outbox.frames.data()),
                                                  outbox.count, nullptr);
  box.wake();
  counters_.handoff_out.add(sent);
  for (unsigned i = sent; i < outbox.count; ++i) {
    counters_.drop(Drop::handoff_full);
    rte_pktmbuf_free(outbox.frames[i]);
  }
  outbox.count = 0;
}

void Exits::flush() {
  for (std::size_t w = 0; w < outboxes_.size(); ++w) {
    if (outboxes_[w].count != 0) flush(WorkerId{static_cast<std::uint8_t>(w)});
  }
}

}  // namespace hvs
