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

std::string ports_text(const std::vector<PortRange>& ports) {
  std::string text;
  for (const PortRange& range : ports) text += (text.empty() ? "" : ",") + range.text();
  return text;
}

}  // namespace hvs
