// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/past_vip.h"

#include <set>

namespace hvs {

std::vector<Error> idle_lips(const Snapshot& snapshot, const PortOwners& owners) {
  std::vector<Error> warnings;
  std::set<const LipPool*> seen;
  for (const auto& service : snapshot.services) {
    if (!service || !service->lips || !seen.insert(service->lips.get()).second) continue;
    const LipPool& pool = *service->lips;
    std::set<IpAddr> lips;
    for (const PastVip& past : pool.was_vip) lips.insert(past.vip);
    for (const IpAddr& lip : lips) {
      const auto gives = [&](IpProto protocol) {
        return take_beside_past_vips(pool, lip, owners, static_cast<std::uint8_t>(protocol),
                                     [](L4Port, L4Port) { return true; });
      };
      if (gives(IpProto::tcp) && gives(IpProto::udp)) continue;
      warnings.push_back(
          {"was a VIP, on all ports of pool " + pool.name +
               ", of a service that may have connections by it yet, so it gives no local ports",
           "LIP " + lip.text(),
           "It does when they have ended. To have ports now, name an address that was no VIP"});
    }
  }
  return warnings;
}

}  // namespace hvs
