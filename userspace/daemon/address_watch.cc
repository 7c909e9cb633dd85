// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/address_watch.h"

#include <algorithm>
#include <cstddef>

namespace hvs {

namespace {

std::set<IpAddr> addresses_of(const Config& config) {
  std::set<IpAddr> out;
  for (const ServiceConfig& service : config.services) {
    for (const IpAddr& vip : vips_of(service)) out.insert(vip);
  }
  for (const LipPoolConfig& pool : config.lip_pools) out.insert(pool.addresses.begin(), pool.addresses.end());
  return out;
}

}  // namespace

AddressWatch::Change AddressWatch::look(const Config& config, const std::vector<HostAddress>& host) {
  std::set<IpAddr> on_host;
  for (const HostAddress& address : host) on_host.insert(address.addr);
  const std::set<IpAddr> ours = addresses_of(config);
  Change change;
  std::set<IpAddr> held;
  std::set<IpAddr> lost;
  for (const IpAddr& addr : ours) {
    if (on_host.contains(addr)) {
      held.insert(addr);
      if (lost_.contains(addr)) change.back.push_back(addr);
    } else if (lost_.contains(addr)) {
      lost.insert(addr);
    } else if (held_.contains(addr)) {
      lost.insert(addr);
      change.lost.push_back(addr);
    }
  }
  held_ = std::move(held);
  lost_ = std::move(lost);
  return change;
}

std::string address_names(const std::vector<IpAddr>& addresses) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(addresses.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + addresses[i].text();
  if (addresses.size() > kShown) text += " and " + std::to_string(addresses.size() - kShown) + " more";
  return text;
}

}  // namespace hvs
