// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/port_owners.h"
#include "model/snapshot.h"

namespace hvs {

/// A connection by the former VIP is the same worker's as a local port of that number, who sees it when the
/// port is about to be given away. Elsewhere nobody would.
[[nodiscard]] inline bool is_seen(const PastVip& past, const PortOwners& owners, std::uint8_t protocol) {
  if (owners.workers() == 1) return true;
  return !past.by_client && owners.rss(past.vip.family, protocol) != nullptr;
}

/// Calls take(low, high) for the ports of the pool that `lip` may give, those left out that may have
/// connections which are not seen, until it returns true. False: it never did.
template <typename Take>
bool take_beside_past_vips(const LipPool& pool, const IpAddr& lip, const PortOwners& owners,
                           std::uint8_t protocol, Take take) {
  std::uint32_t low = pool.port_low.value;
  const auto take_below = [&](std::uint32_t end) {
    end = std::min(end, pool.port_high.value + 1U);
    return low < end &&
           take(L4Port{static_cast<std::uint16_t>(low)}, L4Port{static_cast<std::uint16_t>(end - 1)});
  };
  for (const PastVip& past : pool.was_vip) {
    if (!(past.vip == lip) || is_seen(past, owners, protocol)) continue;
    if (take_below(past.ports.low.value)) return true;
    low = std::max(low, past.ports.high.value + 1U);
  }
  return take_below(pool.port_high.value + 1U);
}

/// Warns of LIPs that give no local ports for that reason.
[[nodiscard]] std::vector<Error> idle_lips(const Snapshot& snapshot, const PortOwners& owners);

}  // namespace hvs
