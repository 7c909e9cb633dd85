// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/schedule/scheduler.h"
#include "model/placement.h"

// What dh, sh, mh and conhash share.
namespace hvs {

/// The client's hash, and another one for every `salt`. All workers and all nodes have the same.
[[nodiscard]] inline std::uint64_t client_hash(const Service& service, const NewFlow& flow,
                                               std::uint32_t salt = 0) {
  return placement_hash(flow.client, service.scheduler_flags.port ? flow.client_port : L4Port{}, salt);
}

[[nodiscard]] inline const Dest& dest_of_rank(const Service& service, std::size_t rank) {
  return service.dests[service.ranks[rank]];
}

/// The dest in the table's entry for `hash`.
[[nodiscard]] inline const Dest& placed_dest(const Service& service, std::uint64_t hash) {
  const auto& table = service.placement->table;
  return dest_of_rank(service, table[scale_hash(hash, table.size())]);
}

/// The first dest from `rank` on that takes connections.
[[nodiscard]] inline const Dest* next_taking(const Service& service, const PickContext& context,
                                             std::size_t rank) {
  for (std::size_t i = 0; i < service.ranks.size(); ++i) {
    const Dest& dest = dest_of_rank(service, (rank + i) % service.ranks.size());
    if (context.takes(dest)) return &dest;
  }
  return nullptr;
}

/// Places the client by the service's table (sh, mh). With the flag fallback, a client whose dest takes no
/// connections is hashed again, so that its clients spread over all others.
[[nodiscard]] inline const Dest* place_client(const Service& service, const PickContext& context) {
  if (service.placement == nullptr || service.placement->table.empty()) return nullptr;
  constexpr std::uint32_t kRehashes = 32;
  for (std::uint32_t salt = 0; salt <= kRehashes; ++salt) {
    const Dest& dest = placed_dest(service, client_hash(service, context.flow, salt));
    if (context.takes(dest)) return &dest;
    if (!service.scheduler_flags.fallback) return nullptr;
  }
  const std::uint64_t hash = client_hash(service, context.flow, kRehashes + 1);
  return next_taking(service, context, scale_hash(hash, service.ranks.size()));
}

}  // namespace hvs
