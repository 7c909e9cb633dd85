// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/device_facts.h"

struct rte_mbuf;
struct rte_mempool;

namespace hvs {

/// Descriptors of each receive and transmit ring of a port.
inline constexpr std::uint16_t kDefaultDescriptors = 2048;
/// The AF_XDP driver fills so many buffers at start and then one for each frame it delivers, so the fill and
/// receive rings of a queue together hold this much, whatever their sizes (XSK_RING_CONS__DEFAULT_NUM_DESCS).
inline constexpr std::uint32_t kFillBuffers = 2048;
/// What a native port's companion may hold at a time: 255 frames of control traffic, as many requests and 511
/// others on their way to the kernel, 1,023 from there (runtime/fabric.h), and its own rings and bursts.
inline constexpr std::uint32_t kCompanionBuffers = 2816;
/// The largest MTU whose frames fit an mbuf: an AF_XDP buffer, all headers included, is less than a 4 KiB
/// page.
inline constexpr std::uint16_t kMaxMtu = kMaxAfXdpMtu;

/// What one port takes from the pools.
struct PortDemand {
  int numa_node = -1;
  std::uint16_t queues = 1;
  std::uint16_t mtu = 1500;
  std::uint16_t descriptors = kDefaultDescriptors;
  bool native = false;  // no AF_XDP socket: nothing is locked by the kernel, and an MTU may be larger
};

/// One pool of packet buffers.
struct PoolBudget {
  int numa_node = -1;  // -1: any
  std::uint32_t mbufs = 0;
  std::uint16_t data_room = 0;   // of each mbuf, headroom included
  std::uint64_t bytes = 0;       // taken from EAL's memory, bookkeeping included
  std::uint64_t umem_bytes = 0;  // the buffers alone: what each AF_XDP queue locks
};

/// Data room of an mbuf for frames of this MTU under two VLAN tags, headroom included.
std::uint16_t data_room_for(std::uint16_t mtu);
/// The largest MTU whose frames such a room holds.
std::uint16_t mtu_of_data_room(std::uint16_t data_room);

/// The pools for these ports: one per NUMA node when hugepages are used (without them EAL's memory has no
/// node), sized for full queues of the ports, a burst in hand and about half of what a worker's rings to
/// others can hold: both of all workers full at once run the pool dry, and frames are then not received.
/// Allocates nothing and needs no EAL.
std::vector<PoolBudget> plan_pools(std::span<const PortDemand> ports, unsigned workers, bool hugepages);

/// Bytes that the pools and EAL itself take out of memory.limit.
std::uint64_t planned_memory(std::span<const PoolBudget> pools);

/// Bytes of those pools that the kernel locks for the AF_XDP sockets of these ports: each queue counts the
/// whole pool of its port.
std::uint64_t locked_memory(std::span<const PoolBudget> pools, std::span<const PortDemand> ports);

/// The pools, freed at the end; every mbuf must be back by then.
class PoolSet {
 public:
  static Result<PoolSet> create(std::span<const PoolBudget> budgets);
  PoolSet(PoolSet&&) noexcept;
  PoolSet& operator=(PoolSet&&) noexcept;
  ~PoolSet();

  /// The pool of that node, or the first one.
  [[nodiscard]] rte_mempool* for_node(int numa_node) const;

 private:
  struct Pool {
    int numa_node;
    rte_mempool* mempool;
    std::vector<rte_mbuf*> retired;  // buffers across a page border, which zero-copy sockets refuse
  };
  PoolSet() = default;
  std::vector<Pool> pools_;
};

/// A small pool by itself, for tests and benches.
Result<rte_mempool*> create_pool(const char* name, const PoolBudget& budget);

}  // namespace hvs
