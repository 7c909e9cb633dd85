// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/mempool.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "model/message_id.h"
#include "pmd/mbuf_ring.h"

namespace hvs {
namespace {

// Kept per lcore; refills of the cache are bulk operations on the ring.
constexpr unsigned kCache = 256;
// In hand of a worker: its cache (1.5 times), a burst at each stage, frames that wait for a MAC address
// (2048), and a share of those in handoff and punt rings.
constexpr std::uint32_t kMbufsPerWorker = 4096;
// The AF_XDP driver reclaims sent buffers late: the completion ring may be full while the transmit ring is,
// too.
constexpr std::uint32_t kCompletionBuffers = 2048;

// XDP_PACKET_HEADROOM of linux/bpf.h: the kernel keeps it free before each received frame.
constexpr std::uint32_t kXdpHeadroom = 256;
constexpr std::uint32_t kL2Overhead = 14 + 2 * 4;
constexpr std::uint32_t kPage = 4096;

// Without NO_IOVA_CONTIG and hugepages an object would not cross a page, which leaves holes; the AF_XDP
// driver computes its buffer area as if there were none.
constexpr unsigned kPoolFlags = RTE_MEMPOOL_F_NO_IOVA_CONTIG;

std::uint32_t element_size(std::uint16_t data_room) { return sizeof(rte_mbuf) + data_room; }

std::uint32_t object_size(std::uint16_t data_room) {
  return rte_mempool_calc_obj_size(element_size(data_room), kPoolFlags, nullptr);
}

std::uint64_t next_power_of_two(std::uint64_t n) {
  std::uint64_t power = 1;
  while (power < n) power <<= 1;
  return power;
}

PoolBudget budget_for(int numa_node, std::uint32_t mbufs, std::uint16_t mtu) {
  PoolBudget budget;
  budget.numa_node = numa_node;
  budget.mbufs = mbufs;
  budget.data_room = data_room_for(mtu);
  budget.umem_bytes = std::uint64_t{mbufs} * object_size(budget.data_room);
  const std::uint64_t ring = next_power_of_two(std::uint64_t{mbufs} + 1) * sizeof(void*);
  const std::uint64_t header = sizeof(rte_mempool) + sizeof(rte_mempool_cache) * RTE_MAX_LCORE;
  budget.bytes = budget.umem_bytes + ring + header;
  return budget;
}

/// A pool of one gapless piece (kPoolFlags) knows no device addresses: NICs that a DPDK driver drives need
/// them. Where they are physical, the buffers that lie across two pages are retired below.
void set_device_address(rte_mempool*, void*, void* object, unsigned) {
  auto* mbuf = static_cast<rte_mbuf*>(object);
  mbuf->buf_iova = rte_mem_virt2iova(mbuf->buf_addr);
}

Error pool_error(const PoolBudget& budget, const std::string& reason) {
  return message(MessageId::memory_limit, "memory.limit",
                 "no packet buffers: " + reason + " (" + std::to_string(budget.mbufs) + " buffers, " +
                     std::to_string((budget.bytes >> 20) + 1) + " MiB)",
                 "Raise memory.limit, or use fewer queues");
}

}  // namespace

std::uint16_t data_room_for(std::uint16_t mtu) {
  const std::uint32_t needed = RTE_PKTMBUF_HEADROOM + kXdpHeadroom + mtu + kL2Overhead;
  const std::uint32_t aligned = (needed + 63U) & ~63U;
  return static_cast<std::uint16_t>(std::max<std::uint32_t>(aligned, RTE_MBUF_DEFAULT_BUF_SIZE));
}

std::uint16_t mtu_of_data_room(std::uint16_t data_room) {
  return static_cast<std::uint16_t>(data_room - RTE_PKTMBUF_HEADROOM - kXdpHeadroom - kL2Overhead);
}

static_assert(sizeof(rte_mempool_objhdr) <= 64);
// DPDK pads an object by a cache line when its size is a power of two, hence less and not equal.
static_assert(64 + sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM + kXdpHeadroom + kMaxMtu + kL2Overhead < kPage);

std::vector<PoolBudget> plan_pools(std::span<const PortDemand> ports, unsigned workers, bool hugepages) {
  struct Sum {
    std::uint32_t mbufs = 0;
    std::uint16_t mtu = 0;
  };
  std::map<int, Sum> nodes;
  for (const PortDemand& port : ports) {
    Sum& sum = nodes[hugepages ? port.numa_node : -1];
    // A native port has no fill rings, but a companion.
    const std::uint32_t beside =
        port.native ? std::max(kCompanionBuffers, port.queues * kFillBuffers) : port.queues * kFillBuffers;
    sum.mbufs += beside + port.queues * (port.descriptors + kCompletionBuffers);
    sum.mtu = std::max(sum.mtu, port.mtu);
  }
  if (nodes.empty()) nodes[-1].mtu = 1500;
  std::vector<PoolBudget> pools;
  pools.reserve(nodes.size());
  for (const auto& [node, sum] : nodes) {
    pools.push_back(budget_for(node, sum.mbufs + workers * kMbufsPerWorker, sum.mtu));
  }
  return pools;
}

std::uint64_t planned_memory(std::span<const PoolBudget> pools) {
  std::uint64_t bytes = 8_MiB;  // EAL, its lcores, the devices and their rings
  for (const PoolBudget& pool : pools) bytes += pool.bytes;
  return bytes;
}

std::uint64_t locked_memory(std::span<const PoolBudget> pools, std::span<const PortDemand> ports) {
  std::uint64_t bytes = 0;
  for (const PortDemand& port : ports) {
    if (port.native) continue;
    const auto own = std::find_if(pools.begin(), pools.end(),
                                  [&](const PoolBudget& pool) { return pool.numa_node == port.numa_node; });
    bytes += (own == pools.end() ? pools.front() : *own).umem_bytes * port.queues;
  }
  return bytes;
}

Result<rte_mempool*> create_pool(const char* name, const PoolBudget& budget) {
  const int socket = budget.numa_node < 0 ? SOCKET_ID_ANY : budget.numa_node;
  rte_mempool* pool = rte_mempool_create_empty(name, budget.mbufs, element_size(budget.data_room), kCache,
                                               sizeof(rte_pktmbuf_pool_private), socket, kPoolFlags);
  if (pool == nullptr) return pool_error(budget, rte_strerror(rte_errno));
  rte_pktmbuf_pool_private settings{};
  settings.mbuf_data_room_size = budget.data_room;
  const auto refuse = [&](const std::string& reason) {
    rte_mempool_free(pool);
    return pool_error(budget, reason);
  };
  if (int code = rte_mempool_set_ops_byname(pool, mbuf_ring_driver(), nullptr); code != 0) {
    return refuse(rte_strerror(-code));
  }
  rte_pktmbuf_pool_init(pool, &settings);
  if (int code = rte_mempool_populate_default(pool); code < 0) return refuse(rte_strerror(-code));
  // One area is what an AF_XDP socket can be given.
  if (pool->nb_mem_chunks != 1) return refuse("memory is in pieces");
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  rte_mempool_obj_iter(pool, set_device_address, nullptr);
  return pool;
}

namespace {

// A zero-copy socket refuses a buffer that lies across two pages which are not neighbours in memory, and the
// driver would lose it without a word. With hugepages those are few: they are taken out of circulation.
std::vector<rte_mbuf*> retire_page_crossers(rte_mempool* pool) {
  const rte_mempool_memhdr* area = STAILQ_FIRST(&pool->mem_list);
  const rte_memseg_list* list = rte_mem_virt2memseg_list(area->addr);
  if (list == nullptr || list->page_sz <= kPage) return {};
  const std::uint64_t page = list->page_sz;
  const std::uint64_t size = pool->header_size + pool->elt_size + pool->trailer_size;
  std::vector<rte_mbuf*> all(pool->populated_size);
  if (rte_mempool_get_bulk(pool, reinterpret_cast<void**>(all.data()), pool->populated_size) != 0) return {};
  const auto crosses = [&](const rte_mbuf* mbuf) {
    const auto start = reinterpret_cast<std::uintptr_t>(mbuf) - pool->header_size;
    return start / page != (start + size - 1) / page;
  };
  const auto kept = std::partition(all.begin(), all.end(), [&](const rte_mbuf* m) { return !crosses(m); });
  rte_mempool_put_bulk(pool, reinterpret_cast<void**>(all.data()), static_cast<unsigned>(kept - all.begin()));
  return {kept, all.end()};
}

}  // namespace

Result<PoolSet> PoolSet::create(std::span<const PoolBudget> budgets) {
  HVS_CHECK(!budgets.empty());
  PoolSet set;
  for (const PoolBudget& budget : budgets) {
    const std::string name = "hvs_mbufs_" + std::to_string(set.pools_.size());
    Result<rte_mempool*> pool = create_pool(name.c_str(), budget);
    if (!pool) return pool.error();
    set.pools_.push_back({budget.numa_node, *pool, retire_page_crossers(*pool)});
  }
  return set;
}

PoolSet::PoolSet(PoolSet&& other) noexcept : pools_(std::exchange(other.pools_, {})) {}

PoolSet& PoolSet::operator=(PoolSet&& other) noexcept {
  std::swap(pools_, other.pools_);
  return *this;
}

PoolSet::~PoolSet() {
  for (Pool& pool : pools_) rte_mempool_free(pool.mempool);
}

rte_mempool* PoolSet::for_node(int numa_node) const {
  HVS_CHECK(!pools_.empty());
  for (const Pool& pool : pools_) {
    if (pool.numa_node == numa_node) return pool.mempool;
  }
  return pools_.front().mempool;
}

}  // namespace hvs
