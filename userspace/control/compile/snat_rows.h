// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <set>
#include <vector>

#include "model/snapshot.h"

namespace hvs {

/// Adds the rows of mode snat: what the rules take, by source and by destination, each by itself; the rules
/// themselves are looked at for new connections alone. Nothing goes to `ours`, nor to addresses of the link
/// and of many hosts.
void add_snat_rows(const std::vector<SnatRule>& rules, const std::vector<SnatRule>& former,
                   const std::set<IpAddr>& ours, SteerRows& rows);

}  // namespace hvs
