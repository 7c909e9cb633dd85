// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>

#include "model/choose_port_owners.h"
#include "tests/support/rss_keys.h"

namespace hvs::test {

/// Of local ports, where the only NIC hashes ports by Microsoft's key and has a queue for each worker.
inline std::shared_ptr<const PortOwners> owners_by_rss(unsigned workers) {
  PortSpread spread{"out", {kMicrosoftKey, {}, {true, true, true, true}}, {}};
  for (unsigned i = 0; i < 128; ++i) spread.rss.reta.push_back(static_cast<std::uint16_t>(i % workers));
  for (unsigned q = 0; q < workers; ++q) spread.workers.emplace_back(static_cast<std::uint8_t>(q));
  return std::make_shared<const PortOwners>(choose_port_owners({&spread, 1}, workers).owners);
}

}  // namespace hvs::test
