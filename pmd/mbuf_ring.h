// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <vector>

struct rte_mempool;

// The store behind our pools: DPDK's ring, as its own driver uses it, which can also say what a thread took.
// When an AF_XDP queue fails to open, DPDK's driver forgets the buffers that it had taken for it.
namespace hvs {

/// The name for rte_mempool_set_ops_byname; registers the driver on first use. Empty when DPDK refuses.
const char* mbuf_ring_driver();

/// Notes what the calling thread takes out of such pools, past its cache, while it lives. One at a time per
/// thread.
class TakenBuffers {
 public:
  /// Empties the thread's cache of that pool, so that all it takes is noted.
  explicit TakenBuffers(rte_mempool* pool);
  ~TakenBuffers();
  TakenBuffers(const TakenBuffers&) = delete;
  TakenBuffers& operator=(const TakenBuffers&) = delete;
  void put_back();

 private:
  rte_mempool* pool_;
  std::vector<void*> taken_;
};

}  // namespace hvs
