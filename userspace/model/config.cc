// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/config.h"

#include <algorithm>

namespace hvs {

bool needs_lips(const ServiceConfig& service) {
  return std::any_of(service.dests.begin(), service.dests.end(), [&](const DestConfig& dest) {
    return dest.mode.value_or(service.mode) == ForwardingMode::fullnat;
  });
}

std::vector<IpAddr> vips_of(const ServiceConfig& service) {
  std::vector<IpAddr> all = {service.vip};
  all.insert(all.end(), service.more_vips.begin(), service.more_vips.end());
  return all;
}

std::vector<PortRange> ports_of(const ServiceConfig& service) {
  if (service.port.value != 0) return {{service.port, service.port}};
  if (service.port_ranges.empty()) return {kAnyPort};
  return service.port_ranges;
}

bool shares_ports(const ServiceConfig& service, const DestConfig& dest) {
  if (dest.port.value != 0 || service.port.value != 0) return false;
  std::size_t ports = 0;
  for (const PortRange& range : ports_of(service)) ports += range.size();
  return ports > kOwnPortBitmaps;
}

std::string ports_text(const std::vector<PortRange>& ports) {
  std::string text;
  for (const PortRange& range : ports) text += (text.empty() ? "" : ",") + range.text();
  return text;
}

const std::vector<IpPrefix>& never_outside() {
  const auto prefix = [](const char* addr, std::uint8_t length) {
    return IpPrefix{*IpAddr::parse(addr), length};
  };
  static const std::vector<IpPrefix> list = {prefix("0.0.0.0", 8),          prefix("127.0.0.0", 8),
                                             prefix("169.254.0.0", 16),     prefix("224.0.0.0", 4),
                                             prefix("255.255.255.255", 32), prefix("::", 127),
                                             prefix("fe80::", 10),          prefix("ff00::", 8)};
  return list;
}

bool hides(const SnatConfig& earlier, const SnatConfig& later) {
  const auto covers = [](const std::vector<IpPrefix>& wide, const std::vector<IpPrefix>& narrow) {
    return std::all_of(narrow.begin(), narrow.end(), [&](const IpPrefix& n) {
      return std::any_of(wide.begin(), wide.end(), [&](const IpPrefix& w) { return w.contains(n); });
    });
  };
  const auto ports = [](const PortRange& wide, const PortRange& narrow) {
    return wide.contains(narrow.low) && wide.contains(narrow.high);
  };
  const auto named = [](const std::string& wide, const std::string& narrow) {
    return wide.empty() || wide == narrow;
  };
  if (earlier.protocol != SnatProtocol::any && earlier.protocol != later.protocol) return false;
  if (!ports(earlier.from_ports, later.from_ports) || !ports(earlier.to_ports, later.to_ports) ||
      !named(earlier.in, later.in) || !named(earlier.out, later.out) || !covers(earlier.from, later.from))
    return false;
  return std::all_of(kFamilies.begin(), kFamilies.end(), [&](Family family) {
    return covers(destinations_of(earlier, family), destinations_of(later, family));
  });
}

bool has_family(const SnatConfig& rule, Family family) {
  return std::any_of(rule.from.begin(), rule.from.end(),
                     [&](const IpPrefix& p) { return p.addr.family == family; });
}

std::vector<IpPrefix> destinations_of(const SnatConfig& rule, Family family) {
  std::vector<IpPrefix> out;
  if (!has_family(rule, family)) return out;
  for (const IpPrefix& p : rule.to) {
    if (p.addr.family == family) out.push_back(p);
  }
  if (rule.to.empty()) out.push_back({{{}, family}, 0});
  return out;
}

}  // namespace hvs
