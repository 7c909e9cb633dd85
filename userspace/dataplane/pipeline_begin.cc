// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "base/check.h"
#include "dataplane/pipeline.h"

// What a worker's way begins with, and each turn.

namespace hvs {

namespace {

/// The counter rows of so many services stay in a near cache by themselves.
constexpr std::size_t kNearServices = 64;

}  // namespace

Pipeline::Pipeline(WorkerId self, unsigned workers, std::vector<MacAddr> port_macs, WorkerTables& tables,
                   Output& output, Exits& exits, const HashSecret& secret)
    : self_(self),
      workers_(workers),
      first_macs_(std::move(port_macs)),
      tables_(tables),
      output_(output),
      exits_(exits),
      schedulers_(kMaxServices + 1),
      fragments_v4_(secret),
      fragments_v6_(secret),
      default_idle_(idle_limits(Timeouts{})),
      ipv4_id_(self.value) {}

Pipeline::~Pipeline() {
  held_.visit(now_ms_, [this](Frame& frame, bool) {
    exits_.done(frame);
    return true;
  });
}

void Pipeline::begin(const Snapshot& snapshot, const Fib& fib, std::uint32_t now_ms) {
  snapshot_ = &snapshot;
  const bool same_ways = fib_ == &fib && fib_generation_ == fib.generation;
  fib_ = &fib;
  if (HVS_UNLIKELY(!same_ways)) {
    fib_generation_ = fib.generation;
    note_mtu();
  }
  note_mss();
  port_macs_ = fib.port_macs.empty() ? std::span<const MacAddr>(first_macs_) : fib.port_macs;
  now_ms_ = now_ms;
  tables_.begin(now_ms, snapshot.generation);
  many_counters_ = snapshot.services.size() > kNearServices;
  tunnel_paths_.begin(snapshot, fib, now_ms);
}

WorkerId Pipeline::next_worker() const {
  return WorkerId{static_cast<std::uint8_t>((self_.value + 1U) % workers_)};
}

}  // namespace hvs
