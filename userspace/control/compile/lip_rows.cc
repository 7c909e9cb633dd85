// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/lip_rows.h"

#include <algorithm>
#include <map>

namespace hvs {

namespace {

/// `after` gives a service every port of that LIP that `pool` gave.
bool still_has(const Service* after, const IpAddr& lip, const LipPool& pool) {
  if (after == nullptr || after->lips->port_low > pool.port_low || after->lips->port_high < pool.port_high)
    return false;
  const auto& lips = after->lips->of(lip.family);
  return std::find(lips.begin(), lips.end(), lip) != lips.end();
}

class LipRanges {
 public:
  void want(const IpAddr& lip, L4Port low, L4Port high) {
    const auto [row, fresh] = rows_.try_emplace(lip, hvs_steer_lip{low.value, high.value});
    if (fresh) return;
    row->second.port_low = std::min(row->second.port_low, low.value);
    row->second.port_high = std::max(row->second.port_high, high.value);
  }
  [[nodiscard]] std::vector<SteerRows::LipRow> rows() const {
    std::vector<SteerRows::LipRow> out;
    out.reserve(rows_.size());
    for (const auto& [lip, range] : rows_) out.push_back({lip_key(lip), range});
    return out;
  }

 private:
  std::map<IpAddr, hvs_steer_lip> rows_;
};

}  // namespace

void add_former_lips(const ServiceList& before, const ServiceList& after, FormerLips& former) {
  for (const auto& service : before) {
    if (!service) continue;
    const std::size_t row = service->slot.index();
    const Service* now = row < after.size() ? after[row].get() : nullptr;
    const LipPool& pool = *service->lips;
    for (const IpAddr& lip : pool.of(service->vip.family)) {
      if (!still_has(now, lip, pool)) former.insert({service->slot, lip, pool.port_low, pool.port_high});
    }
  }
}

SteerRows steer_rows(const ServiceList& services, const FormerLips& former) {
  SteerRows rows;
  LipRanges lips;
  for (const auto& service : services) {
    if (!service) continue;
    const auto protocol = static_cast<std::uint8_t>(service->protocol);
    rows.services.push_back({service_key(service->vip, protocol, Be16{service->port.value}), service->slot});
    const LipPool& pool = *service->lips;
    for (const IpAddr& lip : pool.of(service->vip.family)) lips.want(lip, pool.port_low, pool.port_high);
  }
  for (const FormerLip& past : former) lips.want(past.lip, past.low, past.high);
  rows.lips = lips.rows();
  return rows;
}

}  // namespace hvs
