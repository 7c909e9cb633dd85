// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>

#include "dataplane/schedule/placed.h"
#include "dataplane/schedule/schedulers.h"

// Karger et al., "Consistent Hashing and Random Trees", STOC 1997: the owner of the first point at or after
// the client's hash; when it takes no connections, that of a later point. The ring is made in
// control/compile/hash_ring.cc.
namespace hvs {

const Dest* ConsistentHashing::pick(const Service& service, SchedulerState&, const PickContext& context) {
  if (service.placement == nullptr || service.placement->ring.empty()) return nullptr;
  const auto& ring = service.placement->ring;
  const std::uint64_t hash = client_hash(service, context.flow) & ~std::uint64_t{0xffff};
  auto at = static_cast<std::size_t>(std::lower_bound(ring.begin(), ring.end(), hash) - ring.begin());
  constexpr unsigned kFollow = 64;
  std::size_t rank = 0;
  for (unsigned i = 0; i < kFollow; ++i, ++at) {
    if (at >= ring.size()) at = 0;
    rank = ring[at] & 0xffff;
    const Dest& dest = dest_of_rank(service, rank);
    if (context.takes(dest)) return &dest;
  }
  return next_taking(service, context, rank);
}

}  // namespace hvs
