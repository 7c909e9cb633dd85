// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/placement.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace hvs {

std::vector<std::uint32_t> placement_ranks(const std::vector<DestConfig>& dests) {
  std::vector<std::uint32_t> ranks(dests.size());
  std::iota(ranks.begin(), ranks.end(), 0U);
  std::sort(ranks.begin(), ranks.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(dests[a].address, dests[a].port) < std::tie(dests[b].address, dests[b].port);
  });
  return ranks;
}

PlacementPlan placement_plan(const ServiceConfig& service) {
  PlacementPlan plan;
  plan.kind = service.scheduler;
  if (plan.kind == SchedulerKind::mh) plan.table_size = service.mh_table_size;
  plan.dests.reserve(service.dests.size());
  for (const std::uint32_t at : placement_ranks(service.dests)) {
    const DestConfig& dest = service.dests[at];
    plan.dests.push_back({dest.address, dest.port, dest.weight});
  }
  return plan;
}

Placement make_placement(PlacementPlan plan) {
  Placement out;
  switch (plan.kind) {
    case SchedulerKind::dh: out.table = equal_buckets(plan.dests); break;
    case SchedulerKind::sh: out.table = weighted_buckets(plan.dests); break;
    case SchedulerKind::mh: out.table = maglev_table(plan.dests, plan.table_size); break;
    case SchedulerKind::conhash: out.ring = hash_ring(plan.dests); break;
    case SchedulerKind::rr:
    case SchedulerKind::wrr:
    case SchedulerKind::lc:
    case SchedulerKind::wlc:
    case SchedulerKind::lblc:
    case SchedulerKind::lblcr:
    case SchedulerKind::sed:
    case SchedulerKind::nq:
    case SchedulerKind::fo:
    case SchedulerKind::ovf: break;  // these look at loads and weights
  }
  out.plan = std::move(plan);
  return out;
}

}  // namespace hvs
