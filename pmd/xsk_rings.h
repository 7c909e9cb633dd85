// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pmd/fd_watch.h"

struct rte_mempool;

// DPDK's AF_XDP driver does not give back, when it closes a device, the buffers that lie in the rings of its
// sockets: some 2048 a queue, lost to the pool that the other ports use too. Its rings are mapped into this
// process, where /proc shows them; so they are read before the device is closed and given back after.
namespace hvs {

/// A ring of an AF_XDP socket as it is mapped into this process.
struct XskMapping {
  std::uint64_t socket = 0;  // inode
  std::uint64_t ring = 0;    // XDP_PGOFF_RX_RING and so on
  std::byte* address = nullptr;
  std::size_t length = 0;
};

std::vector<XskMapping> list_xsk_mappings(const std::vector<WatchedFd>& sockets);

/// Offsets into the socket's buffer area.
struct StrandedBuffers {
  std::vector<std::uint64_t> received;  // raw: waiting to be filled, or filled
  std::vector<std::uint64_t> sent;      // complete mbufs: waiting to be sent, or sent
};

/// What lies in the sockets' rings. Nothing may be received or sent any more: the XDP program is detached and
/// the worker is gone.
StrandedBuffers read_rings(const std::vector<WatchedFd>& sockets, const std::vector<XskMapping>& mappings);

/// Removes mappings that are still there; one keeps its socket alive, and so its queue taken.
void unmap_leftovers(const std::vector<WatchedFd>& sockets);

/// Returns the buffers to the pool that is the sockets' buffer area. The sockets are closed.
void give_back(rte_mempool* pool, const StrandedBuffers& buffers);

}  // namespace hvs
