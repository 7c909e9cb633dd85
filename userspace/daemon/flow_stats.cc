// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/flow_stats.h"

#include <algorithm>

#include "daemon/daemon.h"
#include "daemon/log.h"

// Rates, and counters that begin anew, of services and dests.
namespace hvs {

namespace {

template <typename Row>
void add(FlowCounts& sum, const Row& row) {
  sum.values[FlowCounts::connections] += row.connections.get();
  sum.values[FlowCounts::packets_in] += row.to_dest.packets.get();
  sum.values[FlowCounts::bytes_in] += row.to_dest.bytes.get();
  sum.values[FlowCounts::packets_out] += row.to_client.packets.get();
  sum.values[FlowCounts::bytes_out] += row.to_client.bytes.get();
}

}  // namespace

FlowCounts Daemon::counts(ServiceSlot slot) {
  FlowCounts sum;
  for (const auto& worker : workers_->list()) add(sum, worker->tables().service(slot));
  return sum;
}

FlowCounts Daemon::counts(DestSlot slot) {
  FlowCounts sum;
  for (const auto& worker : workers_->list()) add(sum, worker->tables().dest(slot));
  return sum;
}

void Daemon::sample_rates() {
  constexpr double kSeconds = 2;
  for (const auto& service : snapshot().services) {
    if (!service) continue;
    service_stats_[service->slot].sample(counts(service->slot), kSeconds);
    for (const Dest& dest : service->dests) dest_stats_[dest.slot].sample(counts(dest.slot), kSeconds);
  }
}

void Daemon::zero_counters(const std::vector<std::string>& services) {
  if (!services.empty()) spdlog::info("edit: counters of {} service(s) begin anew", services.size());
  for (const auto& service : snapshot().services) {
    if (!service || std::find(services.begin(), services.end(), service->name) == services.end()) continue;
    service_stats_[service->slot].zero(counts(service->slot));
    for (const Dest& dest : service->dests) dest_stats_[dest.slot].zero(counts(dest.slot));
  }
}

}  // namespace hvs
