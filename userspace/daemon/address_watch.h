// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include "control/config/machine_facts.h"
#include "model/config.h"

namespace hvs {

/// Notices when the host loses a VIP or LIP that it had: then nobody answers ARP and ND for it any more, and
/// its traffic ends without an error anywhere else. Setting an interface down takes its IPv6 addresses, for
/// one.
class AddressWatch {
 public:
  struct Change {
    std::vector<IpAddr> lost;
    std::vector<IpAddr> back;
  };
  /// Since the last look. An address that the host never had is no loss: the start warns of it.
  Change look(const Config& config, const std::vector<HostAddress>& host);

 private:
  std::set<IpAddr> held_;
  std::set<IpAddr> lost_;
};

/// "192.0.2.10, 192.0.2.11 and 3 more".
std::string address_names(const std::vector<IpAddr>& addresses);

}  // namespace hvs
