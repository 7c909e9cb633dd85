// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/mbuf_ring.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <cstdio>
#include <cstring>

#include "base/check.h"

namespace hvs {
namespace {

thread_local std::vector<void*>* notes = nullptr;

int alloc(rte_mempool* pool) {
  char name[RTE_RING_NAMESIZE];
  const int length = std::snprintf(name, sizeof name, "r_%s", pool->name);
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof name) return -ENAMETOOLONG;
  pool->pool_data = rte_ring_create(name, rte_align32pow2(pool->size + 1), pool->socket_id, 0);
  return pool->pool_data == nullptr ? -rte_errno : 0;
}

void release(rte_mempool* pool) { rte_ring_free(static_cast<rte_ring*>(pool->pool_data)); }

int enqueue(rte_mempool* pool, void* const* objects, unsigned count) {
  auto* ring = static_cast<rte_ring*>(pool->pool_data);
  return rte_ring_mp_enqueue_bulk(ring, objects, count, nullptr) == 0 ? -ENOBUFS : 0;
}

int dequeue(rte_mempool* pool, void** objects, unsigned count) {
  auto* ring = static_cast<rte_ring*>(pool->pool_data);
  if (rte_ring_mc_dequeue_bulk(ring, objects, count, nullptr) == 0) return -ENOBUFS;
  if (HVS_UNLIKELY(notes != nullptr)) notes->insert(notes->end(), objects, objects + count);
  return 0;
}

unsigned count_free(const rte_mempool* pool) {
  return rte_ring_count(static_cast<const rte_ring*>(pool->pool_data));
}

bool register_driver(const char* name) {
  rte_mempool_ops ops{};
  std::snprintf(ops.name, sizeof ops.name, "%s", name);
  ops.alloc = alloc;
  ops.free = release;
  ops.enqueue = enqueue;
  ops.dequeue = dequeue;
  ops.get_count = count_free;
  return rte_mempool_register_ops(&ops) >= 0;
}

}  // namespace

const char* mbuf_ring_driver() {
  constexpr const char* kName = "hvs_mbuf_ring";
  static const bool registered = register_driver(kName);
  return registered ? kName : "";
}

TakenBuffers::TakenBuffers(rte_mempool* pool) : pool_(pool) {
  HVS_CHECK(notes == nullptr);
  rte_mempool_cache* cache = rte_mempool_default_cache(pool, rte_lcore_id());
  if (cache != nullptr) rte_mempool_cache_flush(cache, pool);
  notes = &taken_;
}

TakenBuffers::~TakenBuffers() { notes = nullptr; }

void TakenBuffers::put_back() {
  if (!taken_.empty()) rte_mempool_put_bulk(pool_, taken_.data(), static_cast<unsigned>(taken_.size()));
  taken_.clear();
}

}  // namespace hvs
