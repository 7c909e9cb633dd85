// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/conn/localities.h"
#include "dataplane/conn/templates.h"
#include "model/dest_load.h"

namespace hvs {

/// What is known of all workers' connections when a dest is picked. Looked at and written for new
/// connections, ended ones and changes of TCP state, never for a packet.
struct SharedTables {
  explicit SharedTables(std::uint32_t persistent_clients = Templates::kDefaultClients, SipKey secret = {},
                        LoadWriters writers = LoadWriters::several)
      : loads(writers), templates(persistent_clients, secret) {}

  DestLoads loads;
  Localities localities;
  Templates templates;
};

}  // namespace hvs
