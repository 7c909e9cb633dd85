// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/queue_workers.h"

#include <algorithm>

#include "model/port_owners.h"

namespace hvs {

std::vector<std::vector<WorkerId>> queue_workers(const std::vector<std::uint16_t>& queues, unsigned workers) {
  std::vector<std::vector<WorkerId>> out;
  unsigned turn = 0;
  for (const std::uint16_t count : queues) {
    auto& owner = out.emplace_back();
    for (std::uint16_t q = 0; q < count; ++q, ++turn) {
      owner.push_back(WorkerId{static_cast<std::uint8_t>(turn % workers)});
    }
  }
  return out;
}

std::uint32_t local_ports_of(std::span<const WorkerId> some, unsigned workers, const PortRange& range) {
  std::uint32_t count = 0;
  for (std::uint32_t port = range.low.value; port <= range.high.value; ++port) {
    const WorkerId owner = lip_block_owner(L4Port{static_cast<std::uint16_t>(port)}, workers);
    if (std::find(some.begin(), some.end(), owner) != some.end()) ++count;
  }
  return count;
}

}  // namespace hvs
