// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/memory_need.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>

#include "model/counters.h"
#include "model/dest_load.h"
#include "model/lip_use.h"
#include "model/placement.h"

namespace hvs {

namespace {

/// At most: the tables themselves and what they are made from (control/compile). A reload that changes them
/// has the old and the new ones for a moment.
std::uint64_t placement_bytes(const ServiceConfig& s) {
  if (!places_by_hash(s.scheduler)) return 0;
  const std::uint64_t each = sizeof(PlacedDest) + sizeof(std::uint32_t);
  std::uint64_t table = 0;
  if (s.scheduler == SchedulerKind::mh) {
    table = std::uint64_t{s.mh_table_size} * sizeof(std::uint16_t);
  } else if (s.scheduler == SchedulerKind::conhash) {
    std::uint64_t weights = 0;
    for (const DestConfig& dest : s.dests) weights += dest.weight;
    table = std::min(weights * kRingPoints, kMaxRingPoints) * sizeof(std::uint64_t);
  } else {
    table = std::min<std::uint64_t>(std::max<std::uint64_t>(256, s.dests.size() * 32), kMaxBuckets) *
            sizeof(std::uint16_t);
  }
  return 2 * (table + each * s.dests.size());
}

/// Of all dests of the family, those that have bitmaps: a dest that keeps the client's port has as many as
/// the service, or as many as they share.
std::uint64_t dest_ports(const ServiceConfig& s, Family family) {
  std::uint64_t each = 0;
  for (const PortRange& range : ports_of(s)) each += range.size();
  std::uint64_t all = 0;
  for (const DestConfig& dest : s.dests) {
    if (dest.address.family != family) continue;
    all += dest.port.value != 0 ? 1 : shares_ports(s, dest) ? kDestGroups : each;
  }
  return all;
}

}  // namespace

MemoryNeed memory_need(const Config& config) {
  MemoryNeed need;
  const bool v6 = std::any_of(config.services.begin(), config.services.end(), [](const ServiceConfig& s) {
    const auto vips = vips_of(s);
    const bool v6_vip = std::any_of(vips.begin(), vips.end(), [](const IpAddr& vip) { return !vip.is_v4(); });
    return v6_vip || (needs_lips(s) && uses_lips_of(s, Family::ipv6));
  });
  const bool v6_snat = std::any_of(config.snat.begin(), config.snat.end(),
                                   [](const SnatConfig& rule) { return has_family(rule, Family::ipv6); });
  need.connection_bytes = v6 || v6_snat ? kConnectionBytesV6 : kConnectionBytesV4;
  need.connections = config.connections_max * need.connection_bytes;

  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> lips;  // by pool: IPv4, IPv6
  for (const LipPoolConfig& pool : config.lip_pools) {
    for (const IpAddr& addr : pool.addresses)
      ++(addr.is_v4() ? lips[pool.name].first : lips[pool.name].second);
  }
  std::uint64_t dests = 0;
  for (const ServiceConfig& s : config.services) {
    const auto& [v4_lips, v6_lips] = lips[s.lip_pool];
    need.port_pairs += v4_lips * dest_ports(s, Family::ipv4) + v6_lips * dest_ports(s, Family::ipv6);
    dests += s.dests.size();
    need.placements += placement_bytes(s);
  }
  std::set<std::string> snat_pools;
  for (const SnatConfig& rule : config.snat) snat_pools.insert(rule.lip_pool);
  for (const std::string& pool : snat_pools)
    need.port_pairs += (lips[pool].first + lips[pool].second) * kSnatPairs;
  dests += config.snat.size();
  need.port_pairs = std::min<std::uint64_t>(need.port_pairs, kMaxPortPairs);
  const bool persistent = std::any_of(config.services.begin(), config.services.end(),
                                      [](const ServiceConfig& s) { return s.persistence.has_value(); });
  if (persistent) need.templates = std::bit_ceil(std::uint64_t{config.persistent_clients}) * kTemplateBytes;
  need.local_ports = need.port_pairs * kLocalPortBytes;
  need.counters =
      config.workers.count *
          (sizeof(WorkerCounters) + (config.services.size() + config.snat.size()) * sizeof(ServiceCounters) +
           dests * sizeof(DestCounters)) +
      dests * sizeof(DestLoad::Row);
  return need;
}

}  // namespace hvs
