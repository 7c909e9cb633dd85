// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/conn/localities.h"
#include "model/dest_load.h"

namespace hvs {

/// What schedulers know of all workers' connections. Looked at and written for new connections, ended ones
/// and changes of TCP state, never for a packet.
struct SharedTables {
  DestLoads loads;
  Localities localities;
};

}  // namespace hvs
