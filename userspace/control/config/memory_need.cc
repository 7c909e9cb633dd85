// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/memory_need.h"

#include <algorithm>
#include <map>
#include <string>

#include "model/counters.h"

namespace hvs {

MemoryNeed memory_need(const Config& config) {
  MemoryNeed need;
  const bool v6 = std::any_of(config.services.begin(), config.services.end(),
                              [](const ServiceConfig& s) { return s.vip.family == Family::ipv6; });
  need.connection_bytes = v6 ? kConnectionBytesV6 : kConnectionBytesV4;
  need.connections = config.connections_max * need.connection_bytes;

  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> lips;  // by pool: IPv4, IPv6
  for (const LipPoolConfig& pool : config.lip_pools) {
    for (const IpAddr& addr : pool.addresses)
      ++(addr.is_v4() ? lips[pool.name].first : lips[pool.name].second);
  }
  std::uint64_t dests = 0;
  for (const ServiceConfig& s : config.services) {
    const auto& [v4_lips, v6_lips] = lips[s.lip_pool];
    need.port_pairs += (s.vip.is_v4() ? v4_lips : v6_lips) * s.dests.size();
    dests += s.dests.size();
  }
  need.local_ports = need.port_pairs * kLocalPortBytes;
  need.counters =
      config.workers.count * (sizeof(WorkerCounters) + config.services.size() * sizeof(ServiceCounters) +
                              dests * sizeof(DestCounters));
  return need;
}

}  // namespace hvs
