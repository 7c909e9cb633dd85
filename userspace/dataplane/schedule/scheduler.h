// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <concepts>
#include <cstdint>

#include "model/snapshot.h"

namespace hvs {

/// Where a worker stands in a service's dests. It survives reloads; a new service in the slot starts anew.
struct SchedulerState {
  std::uint64_t incarnation = 0;
  std::uint32_t position = 0;  // rr: next dest; wrr: last dest + 1
  std::uint32_t weight = 0;    // wrr: current weight
  std::uint64_t opened = 0;    // connections; whose turn it is among the LIPs
};

/// A scheduler picks the dest for a new connection, or nullptr when no dest takes any. Adding one: an
/// enumerator in model/names.h, a file like rr.cc, a line in schedule.cc, a test.
template <typename S>
concept Scheduler = requires(const Service& service, SchedulerState& state) {
  { S::kind } -> std::convertible_to<SchedulerKind>;
  { S::pick(service, state) } -> std::same_as<const Dest*>;
};

/// Round robin over the dests with weight above zero, in the order of the file.
struct RoundRobin {
  static constexpr SchedulerKind kind = SchedulerKind::rr;
  static const Dest* pick(const Service& service, SchedulerState& state);
};

/// Weighted round robin, interleaved: of weights {4, 3, 2} the sequence is A A B A B C A B C
/// (Linux Virtual Server, "Job Scheduling Algorithms", weighted round-robin).
struct WeightedRoundRobin {
  static constexpr SchedulerKind kind = SchedulerKind::wrr;
  static const Dest* pick(const Service& service, SchedulerState& state);
};

/// Picks with the service's scheduler.
[[nodiscard]] const Dest* schedule(const Service& service, SchedulerState& state);

}  // namespace hvs
