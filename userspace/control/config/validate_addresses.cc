// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <set>
#include <tuple>

#include "bpf/steer_abi.h"
#include "control/config/validate_parts.h"
#include "control/config/values.h"

// Which service has which port of which VIP. What else services must be is in validate_services.cc.
namespace hvs::config {

namespace {

std::string owner_text(const ServiceConfig& service) { return "service \"" + service.name + "\""; }

}  // namespace

/// The service that has one of `ports` with the same rank: as a single port, within a range, or with any
/// port.
const Endpoints::Owned* Endpoints::taken(const Ports& taken, const PortRange& ports) {
  if (ports.any()) return taken.any ? &*taken.any : nullptr;
  if (ports.single()) {
    const auto found = taken.singles.find(ports.low);
    return found == taken.singles.end() ? nullptr : &found->second;
  }
  for (const Owned& range : taken.ranges) {
    if (range.ports.overlaps(ports)) return &range;
  }
  return nullptr;
}

bool Endpoints::add(const ServiceConfig& s, const YamlNode& item, const Scope& scope) {
  const std::string_view vip_key = item.find("vips") != nullptr ? "vips" : "vip";
  const std::string protocol = std::string(name_of(s.protocol)) + " ";
  for (const IpAddr& vip : vips_of(s)) {
    Ports& ports = vips_[{vip, s.protocol}];
    for (const PortRange& range : ports_of(s)) {
      if (const Owned* other = taken(ports, range); other != nullptr) {
        const bool same = other->ports == range;
        scope.key(vip_key).fail(
            place(item, vip_key),
            protocol + endpoint_text(vip, range.text()) +
                (same ? " is " : " overlaps " + other->ports.text() + " of ") + owner_text(*other->service) +
                (same ? " already" : ""),
            same
                ? "Give each service a VIP, protocol and port of its own"
                : "Ranges of a VIP lie apart; a single port may be taken out of one by a service of its own");
        return false;
      }
      if (range.any()) {
        ports.any = Owned{range, &s};
      } else if (range.single()) {
        ports.singles.emplace(range.low, Owned{range, &s});
        ++rows_;
      } else {
        ports.ranges.push_back({range, &s});
      }
    }
    if (ports.ranges.size() + (ports.any ? 1 : 0) > HVS_STEER_VIP_RANGES) {
      scope.key("port").fail(place(item, "port"),
                             protocol + vip.text() + " has more than " +
                                 std::to_string(HVS_STEER_VIP_RANGES) + " ranges of ports, over all services",
                             "Join ranges, or name single ports, whose number has no such bound");
      return false;
    }
  }
  if (rows_ <= HVS_STEER_MAX_SERVICES && vips_.size() <= HVS_STEER_MAX_VIPS) return true;
  scope.fail(item, "there are more than " + std::to_string(HVS_STEER_MAX_SERVICES) + " VIPs and ports in all",
             "Use ranges of ports, or fewer VIPs");
  return false;
}

std::size_t steer_dest_rows(const Config& config) {
  std::set<std::tuple<IpAddr, L4Proto, L4Port>> rows;
  std::size_t tunnels = 0;
  for (const ServiceConfig& service : config.services) {
    for (const DestConfig& dest : service.dests) {
      const ForwardingMode mode = dest.mode.value_or(service.mode);
      if (mode == ForwardingMode::tunnel) ++tunnels;
      if (mode != ForwardingMode::nat) continue;
      rows.emplace(dest.address, service.protocol, dest.port);
      rows.emplace(dest.address, service.protocol, L4Port{});
    }
  }
  return rows.size() + tunnels;
}

void check_vips_are_no_lips(const ServiceConfig& s, const YamlNode& item, const LipOwners& lips,
                            const Scope& scope) {
  for (const IpAddr& vip : vips_of(s)) {
    const auto found = lips.find(vip);
    if (found == lips.end()) continue;
    const LipPoolConfig& pool = *found->second;
    const PortRange local{pool.port_low, pool.port_high};
    for (const PortRange& range : ports_of(s)) {
      if (!range.overlaps(local)) continue;
      scope.key("port").fail(
          place(item, "port"),
          endpoint_text(vip, range.text()) +
              (range.single() ? " is a local port of pool \"" : " holds local ports of pool \"") + pool.name +
              "\"",
          (range.any() ? "Choose ports" : "Choose a port") + std::string(" outside of ") +
              port_range_text(pool.port_low, pool.port_high) + ", or another address");
      return;
    }
  }
}

}  // namespace hvs::config
