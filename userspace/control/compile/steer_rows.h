// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "model/snapshot.h"

namespace hvs {

using ServiceList = std::vector<std::shared_ptr<const Service>>;  // by ServiceSlot

/// Ports of a LIP that a service had before a reload and has no more. Its connections from then keep them:
/// replies must be steered as long as the service has connections, or the kernel would reset them.
struct FormerLip {
  ServiceSlot service;
  IpAddr lip;
  L4Port low;
  L4Port high;
  std::uint32_t uses = 0;  // hvs_steer_lip
  friend auto operator<=>(const FormerLip&, const FormerLip&) = default;
};

/// A real server that a service reached in mode nat: its replies, too, as long as there are connections. Port
/// 0: from any port.
struct FormerNatDest {
  ServiceSlot service;
  IpAddr addr;
  L4Port port;
  std::uint8_t protocol = 0;
  friend auto operator<=>(const FormerNatDest&, const FormerNatDest&) = default;
};
/// A dest that a service had and has no more. What becomes of its connections is the service's to say, or
/// was when it was removed itself.
struct FormerDest {
  ServiceSlot service;
  std::uint64_t incarnation = 0;  // the service's
  OnDestRemoved policy = OnDestRemoved::keep;
};
/// A VIP that a service had and has no more: frames of its connections from then are found by it.
struct FormerVip {
  ServiceSlot service;
  IpAddr vip;
  PortRange ports;
  bool by_client = false;  // PastVip
  friend auto operator<=>(const FormerVip&, const FormerVip&) = default;
};
struct FormerRows {
  std::set<FormerLip> lips;
  std::set<FormerNatDest> nat_dests;
  std::set<FormerVip> vips;
  std::map<DestSlot, FormerDest> dests;
  std::vector<SnatRule> snat;  // as they were
};

/// Adds what services of `before` had and those of `after` in the same slots have no more.
void add_former(const Snapshot& before, const Snapshot& after, FormerRows& former);

/// Former VIPs that are LIPs of the pool, with ports of its own.
std::vector<PastVip> past_vips_of(const LipPool& pool, const FormerRows& former);

/// By DestSlot, what becomes of connections to former dests; empty when all of them go on.
std::vector<OnDestRemoved> removed_dests(const ServiceList& services, const FormerRows& former);

/// The steering rows of a snapshot's services, rules of mode snat and tunnels, and of what they had before. A
/// LIP has one row, so its range spans all that is wanted of it. `own` are the host's addresses.
SteerRows steer_rows(const Snapshot& snapshot, const FormerRows& former, const std::set<IpAddr>& own);

}  // namespace hvs
