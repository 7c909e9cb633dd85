// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/units.h"
#include "dataplane/schedule/scheduler.h"
#include "model/placement.h"

// What lblc and lblcr share.
namespace hvs {

/// What is remembered of a destination is forgotten when nobody asked for so long, and a set of dests shrinks
/// when it has not changed for so long (IPVS: lblc_expiration, lblcr_expiration).
inline constexpr std::uint32_t kLocalityTimeMs = 24 * 3600 * 1000;

/// The row of the flow's destination within the service.
[[nodiscard]] inline Locality& locality_of(const Service& service, const PickContext& context) {
  const auto salt = static_cast<std::uint32_t>(service.incarnation);
  const std::uint64_t hash = placement_hash(context.flow.vip, service.port, salt);
  const std::uint64_t key = hash + service.slot.value;
  return context.shared.localities.row(key == 0 ? 1 : key, context.now_ms, kLocalityTimeMs);
}

}  // namespace hvs
