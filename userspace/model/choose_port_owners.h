// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/port_owners.h"

namespace hvs {

/// Where a port's frames go: by RSS to a queue, and by queue to a worker.
struct PortSpread {
  std::string port;
  RssInfo rss;
  std::vector<WorkerId> workers;  // by queue
};

struct PortOwnersChoice {
  PortOwners owners;
  /// The rule in force and why, for people; goes on from "local ports are dealt out".
  std::string why;
};

/// RSS is followed where every port would bring a reply to the same worker, for nobody knows by which port
/// it comes in; blocks are the rule elsewhere.
PortOwnersChoice choose_port_owners(std::span<const PortSpread> ports, unsigned workers);

}  // namespace hvs
