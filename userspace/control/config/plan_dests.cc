// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan_dests.h"

#include <algorithm>
#include <set>
#include <string>

namespace hvs {

namespace {

constexpr std::size_t kMaxShown = 10;

std::set<IpAddr> dests_of(const Config& config) {
  std::set<IpAddr> out;
  for (const ServiceConfig& s : config.services) {
    for (const DestConfig& dest : s.dests) out.insert(dest.address);
  }
  return out;
}

std::set<std::string_view> idle_services(const Config& config) {
  std::set<std::string_view> out;
  for (const ServiceConfig& s : config.services) {
    if (std::all_of(s.dests.begin(), s.dests.end(), [](const DestConfig& dest) { return dest.weight == 0; }))
      out.insert(s.name);
  }
  return out;
}

}  // namespace

std::vector<Error> newly_own_dests(const Config& before, const Config& after, const MachineFacts& machine) {
  const std::set<IpAddr> known = dests_of(before);
  std::vector<Error> warnings;
  std::size_t count = 0;
  for (const IpAddr& addr : dests_of(after)) {
    const HostAddress* host = known.contains(addr) ? nullptr : machine.holder(addr);
    if (host == nullptr || ++count > kMaxShown) continue;
    warnings.push_back({"it is an address of this host, on " + host->netdev +
                            ", so every connection to it is lost (route_not_ours)",
                        "real server " + addr.text(), "Name the address of another host"});
  }
  if (count > kMaxShown) {
    warnings.push_back({std::to_string(count - kMaxShown) + " more are addresses of this host",
                        "real servers", "Name those of other hosts"});
  }
  return warnings;
}

std::vector<Error> newly_idle(const Config& before, const Config& after) {
  const std::set<std::string_view> known = idle_services(before);
  const std::set<std::string_view> idle = idle_services(after);
  std::vector<Error> warnings;
  std::size_t count = 0;
  for (const ServiceConfig& s : after.services) {
    if (!idle.contains(s.name) || known.contains(s.name) || ++count > kMaxShown) continue;
    warnings.push_back(
        {std::string(kTakesNoConnections), "services." + s.name, "Add a dest, or raise a weight above 0"});
  }
  if (count > kMaxShown) {
    warnings.push_back(
        {"of " + std::to_string(count - kMaxShown) + " more " + std::string(kTakesNoConnections), "services",
         "Add dests, or raise weights above 0"});
  }
  return warnings;
}

}  // namespace hvs
