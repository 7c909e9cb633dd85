// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/placement.h"

namespace hvs {

/// What the service's table is to be made from.
[[nodiscard]] PlacementPlan placement_plan(const ServiceConfig& service);

/// By rank in a placement: which of `dests`.
[[nodiscard]] std::vector<std::uint32_t> placement_ranks(const std::vector<DestConfig>& dests);

/// Makes the table. Milliseconds for large ones: never on a worker.
[[nodiscard]] Placement make_placement(PlacementPlan plan);

/// dh: as many entries to every dest, one after the other, whatever its weight (Linux Virtual Server,
/// "Job Scheduling Algorithms", destination hashing).
[[nodiscard]] std::vector<std::uint16_t> equal_buckets(const std::vector<PlacedDest>& dests);

/// sh: entries in proportion to the weights. A dest of weight 0 counts as weight 1, as in IPVS: its clients
/// have no dest, or the next one (flag fallback), and the others' stay where they are.
[[nodiscard]] std::vector<std::uint16_t> weighted_buckets(const std::vector<PlacedDest>& dests);

/// mh: the lookup table of Maglev (NSDI 2016, section 3.4). Dests of weight 0 have no entry; empty when there
/// are no others.
[[nodiscard]] std::vector<std::uint16_t> maglev_table(const std::vector<PlacedDest>& dests,
                                                      std::uint32_t size);

/// conhash: the ring's points (Karger et al., "Consistent Hashing and Random Trees", 1997).
[[nodiscard]] std::vector<std::uint64_t> hash_ring(const std::vector<PlacedDest>& dests);

}  // namespace hvs
