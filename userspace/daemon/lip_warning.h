// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"
#include "dataplane/conn/worker_tables.h"
#include "model/snapshot.h"

namespace hvs {

/// Warns of frames that found no local port: `who`, of those that did not, names pools and dests.
[[nodiscard]] Error lip_warning(std::uint64_t frames, unsigned seconds, const std::set<WithoutPort>& who,
                                const Snapshot& snapshot);

}  // namespace hvs
