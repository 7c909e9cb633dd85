// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/xsk_rings.h"

#include <linux/if_xdp.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <string>

namespace hvs {
namespace {

// In unaligned mode an address carries the offset of the data above the buffer's own.
constexpr std::uint64_t kBufferMask = (1ULL << XSK_UNALIGNED_BUF_OFFSET_SHIFT) - 1;

std::uint32_t load(const std::byte* at) {
  // Shared with the kernel; the other side is idle, so order among the loads does not matter.
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(at), __ATOMIC_ACQUIRE);
}

// An entry is 8 bytes (an address) or 16 (an address, then length and options).
void read_ring(const XskMapping& mapping, const xdp_ring_offset& offset, std::size_t entry,
               std::vector<std::uint64_t>& out) {
  std::uint64_t slots = 1;  // the mapping is the ring, a power of two, and less than a page more
  while (slots * 2 * entry + offset.desc <= mapping.length) slots *= 2;
  const std::uint32_t producer = load(mapping.address + offset.producer);
  const std::uint32_t waiting = producer - load(mapping.address + offset.consumer);
  if (waiting > slots) return;
  for (std::uint32_t i = producer - waiting; i != producer; ++i) {
    const std::byte* slot = mapping.address + offset.desc + (i & (slots - 1)) * entry;
    out.push_back(*reinterpret_cast<const std::uint64_t*>(slot) & kBufferMask);
  }
}

}  // namespace

std::vector<XskMapping> list_xsk_mappings(const std::vector<WatchedFd>& sockets) {
  std::vector<XskMapping> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long start = 0;
    unsigned long end = 0;
    unsigned long long offset = 0;
    unsigned long inode = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %llx %*s %lu", &start, &end, &offset, &inode) != 4) continue;
    if (line.find("socket:[") == std::string::npos) continue;
    for (const WatchedFd& socket : sockets) {
      if (socket.identity != inode) continue;
      found.push_back({inode, offset, reinterpret_cast<std::byte*>(start), end - start});
    }
  }
  return found;
}

StrandedBuffers read_rings(const std::vector<WatchedFd>& sockets, const std::vector<XskMapping>& mappings) {
  StrandedBuffers buffers;
  for (const WatchedFd& socket : sockets) {
    xdp_mmap_offsets offsets{};
    socklen_t size = sizeof offsets;
    if (getsockopt(socket.number, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0) continue;
    const auto read = [&](std::uint64_t ring, const xdp_ring_offset& offset, std::size_t entry, auto& out) {
      for (const XskMapping& mapping : mappings) {
        if (mapping.socket == socket.identity && mapping.ring == ring) read_ring(mapping, offset, entry, out);
      }
    };
    // The kernel moves a buffer from fill to receive and from transmit to completion. Read the other way
    // round, one that moves meanwhile is not found, and never found twice.
    read(XDP_PGOFF_RX_RING, offsets.rx, sizeof(xdp_desc), buffers.received);
    read(XDP_UMEM_PGOFF_FILL_RING, offsets.fr, sizeof(std::uint64_t), buffers.received);
    read(XDP_UMEM_PGOFF_COMPLETION_RING, offsets.cr, sizeof(std::uint64_t), buffers.sent);
    read(XDP_PGOFF_TX_RING, offsets.tx, sizeof(xdp_desc), buffers.sent);
  }
  return buffers;
}

void unmap_leftovers(const std::vector<WatchedFd>& sockets) {
  for (const XskMapping& mapping : list_xsk_mappings(sockets)) munmap(mapping.address, mapping.length);
}

void give_back(rte_mempool* pool, const StrandedBuffers& buffers) {
  const rte_mempool_memhdr* area = STAILQ_FIRST(&pool->mem_list);
  const auto first = reinterpret_cast<std::uintptr_t>(area->addr);
  // The driver starts the area at the page of the first buffer.
  const std::uintptr_t base = first & ~static_cast<std::uintptr_t>(getpagesize() - 1);
  const std::uint64_t size = pool->header_size + pool->elt_size + pool->trailer_size;
  const auto mbuf_at = [&](std::uint64_t offset) -> rte_mbuf* {
    const std::uint64_t from_first = base + offset - first;
    if (from_first % size != 0 || from_first / size >= pool->populated_size) return nullptr;
    return reinterpret_cast<rte_mbuf*>(base + offset + pool->header_size);
  };
  for (const std::uint64_t offset : buffers.received) {
    if (rte_mbuf* mbuf = mbuf_at(offset)) rte_mbuf_raw_free(mbuf);
  }
  for (const std::uint64_t offset : buffers.sent) {
    if (rte_mbuf* mbuf = mbuf_at(offset)) rte_pktmbuf_free(mbuf);
  }
}

}  // namespace hvs
