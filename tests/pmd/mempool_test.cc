// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/mempool.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool.h>

#include "base/units.h"
#include "fixture.h"

namespace hvs {
namespace {

TEST(PlanPools, EveryRingMayBeFull) {
  const PortDemand ports[] = {{.queues = 2}, {.queues = 1, .descriptors = 512}};
  const auto pools = plan_pools(ports, 3, false);
  ASSERT_EQ(pools.size(), 1U);
  EXPECT_EQ(pools[0].mbufs, 2 * (2048 + 2048 + 2048) + (2048 + 512 + 2048) + 3 * 4096U);
  EXPECT_EQ(pools[0].data_room, RTE_MBUF_DEFAULT_BUF_SIZE);
  EXPECT_GT(pools[0].bytes, pools[0].umem_bytes);
}

TEST(PlanPools, ANativePortHasACompanionInsteadOfFillRings) {
  const PortDemand af_xdp[] = {{.queues = 1}, {.queues = 2}};
  const PortDemand native[] = {{.queues = 1, .native = true}, {.queues = 2, .native = true}};
  const auto mbufs = [](const PortDemand& port) { return plan_pools({&port, 1}, 1, false)[0].mbufs; };
  EXPECT_EQ(mbufs(native[0]), mbufs(af_xdp[0]) - 2048 + kCompanionBuffers);
  EXPECT_EQ(mbufs(native[1]), mbufs(af_xdp[1]));
}

TEST(PlanPools, NodesCountOnlyWithHugepages) {
  const PortDemand ports[] = {{.numa_node = 0}, {.numa_node = 1, .mtu = 3000}};
  EXPECT_EQ(plan_pools(ports, 1, false).size(), 1U);
  const auto pools = plan_pools(ports, 1, true);
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].numa_node, 0);
  EXPECT_EQ(pools[1].numa_node, 1);
  EXPECT_LT(pools[0].data_room, pools[1].data_room);
}

TEST(PlanPools, ALabInstanceFitsItsDefaultMemory) {
  const PortDemand ports[] = {{}, {}};
  EXPECT_LT(planned_memory(plan_pools(ports, 2, false)), 64_MiB);
}

TEST(LockedMemory, EachQueueCountsThePoolOfItsPort) {
  const PortDemand ports[] = {{.numa_node = 0, .queues = 2}, {.numa_node = 1, .queues = 1}};
  const auto nodes = plan_pools(ports, 1, true);
  EXPECT_EQ(locked_memory(nodes, ports), 2 * nodes[0].umem_bytes + nodes[1].umem_bytes);
  const auto one = plan_pools(ports, 1, false);
  EXPECT_EQ(locked_memory(one, ports), 3 * one[0].umem_bytes);
}

TEST(DataRoom, TheLargestMtuFillsAPageAndNoMore) {
  EXPECT_EQ(data_room_for(1500), RTE_MBUF_DEFAULT_BUF_SIZE);
  for (const std::uint16_t mtu : {1280, 1500, 1770, 1771, int{kMaxMtu}}) {
    const std::uint16_t holds = mtu_of_data_room(data_room_for(mtu));
    EXPECT_GE(holds, mtu);
    EXPECT_LE(data_room_for(holds), data_room_for(mtu)) << "and no more than that";
  }
  EXPECT_LE(rte_mempool_calc_obj_size(sizeof(rte_mbuf) + data_room_for(kMaxMtu), 0, nullptr), 4096U);
  EXPECT_GT(rte_mempool_calc_obj_size(sizeof(rte_mbuf) + data_room_for(kMaxMtu + 100), 0, nullptr), 4096U);
}

TEST(PoolSet, EveryBufferHasTheAddressThatDevicesUse) {
  rte_mempool* pool = test::pool();
  std::vector<rte_mbuf*> some(64);
  ASSERT_EQ(rte_mempool_get_bulk(pool, reinterpret_cast<void**>(some.data()), 64), 0);
  for (const rte_mbuf* mbuf : some) EXPECT_EQ(mbuf->buf_iova, rte_mem_virt2iova(mbuf->buf_addr));
  rte_mempool_put_bulk(pool, reinterpret_cast<void**>(some.data()), 64);
}

// What the AF_XDP driver takes for granted when it makes a socket's buffer area of a pool.
TEST(PoolSet, BuffersLieInOneAreaWithoutGaps) {
  rte_mempool* pool = test::pool();
  ASSERT_EQ(pool->nb_mem_chunks, 1U);
  const auto base = reinterpret_cast<std::uintptr_t>(STAILQ_FIRST(&pool->mem_list)->addr);
  const std::uint64_t size = rte_mempool_calc_obj_size(pool->elt_size, pool->flags, nullptr);
  EXPECT_EQ(size, pool->header_size + pool->elt_size + pool->trailer_size);
  std::vector<rte_mbuf*> all(pool->populated_size);
  const unsigned taken = test::free_mbufs();
  ASSERT_EQ(taken, all.size());
  ASSERT_EQ(rte_mempool_get_bulk(pool, reinterpret_cast<void**>(all.data()), taken), 0);
  for (const rte_mbuf* mbuf : all) {
    const auto start = reinterpret_cast<std::uintptr_t>(mbuf) - pool->header_size;
    ASSERT_EQ((start - base) % size, 0U);
    ASSERT_LE(start + size, base + pool->populated_size * size);
  }
  rte_mempool_put_bulk(pool, reinterpret_cast<void**>(all.data()), taken);
}

TEST(PoolSet, TakesWhatWasPlanned) {
  const PortDemand demand{.queues = 2};
  const auto plan = plan_pools({&demand, 1}, 1, false);
  EXPECT_EQ(test::pool()->populated_size, plan[0].mbufs);
  EXPECT_EQ(std::uint64_t{test::pool()->populated_size} *
                (test::pool()->header_size + test::pool()->elt_size + test::pool()->trailer_size),
            plan[0].umem_bytes);
}

TEST(PoolSet, AShortageIsAnError) {
  PoolBudget budget = plan_pools({}, 1, false)[0];
  budget.mbufs = 1 << 20;
  const Result<rte_mempool*> pool = create_pool("too_large", budget);
  ASSERT_FALSE(pool.ok());
  EXPECT_EQ(pool.error().where, "memory.limit");
  EXPECT_NE(pool.error().what.find("1048576 buffers"), std::string::npos) << pool.error().what;
}

}  // namespace
}  // namespace hvs
