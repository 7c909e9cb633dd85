// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/output/neigh_queue.h"

#include <rte_mbuf.h>

namespace hvs {

NeighQueue::~NeighQueue() {
  for (Waiting& w : hops_) {
    for (unsigned i = 0; i < w.count; ++i) rte_pktmbuf_free(w.frames[i]);
  }
}

bool NeighQueue::add(const NeighKey& key, rte_mbuf* mbuf, ServiceCounters* service, std::uint32_t now_ms) {
  Waiting* place = nullptr;
  for (Waiting& w : hops_) {
    if (w.count == 0) {
      if (place == nullptr) place = &w;
    } else if (w.key == key) {
      place = &w;
      break;
    }
  }
  if (place == nullptr || place->count == kFramesPerHop) {
    counters_.drop(Drop::neigh_queue_full, service);
    rte_pktmbuf_free(mbuf);
    return false;
  }
  counters_.neigh_waits.inc();
  const bool first = place->count == 0;
  if (first) {
    ++used_;
    place->key = key;
    place->since_ms = now_ms;
    place->asked_ms = now_ms;
  }
  place->services[place->count] = service;
  place->frames[place->count++] = mbuf;
  return first;
}

void NeighQueue::give_up(Waiting& w) {
  for (unsigned i = 0; i < w.count; ++i) {
    counters_.drop(Drop::neigh_unresolved, w.services[i]);
    rte_pktmbuf_free(w.frames[i]);
  }
  w.count = 0;
  --used_;
}

}  // namespace hvs
