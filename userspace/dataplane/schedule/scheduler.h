// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <concepts>
#include <cstdint>

#include "dataplane/conn/shared_tables.h"
#include "model/snapshot.h"

namespace hvs {

/// Where a worker stands in a service's dests. It survives reloads; a new service in the slot starts anew.
struct SchedulerState {
  std::uint64_t incarnation = 0;
  std::uint32_t position = 0;  // rr: next dest; wrr: last dest + 1
  std::uint32_t weight = 0;    // wrr: current weight
  std::uint64_t opened = 0;    // connections; whose turn it is among the LIPs
};

/// The flow that a dest is wanted for.
struct NewFlow {
  IpAddr client;
  L4Port client_port;
  IpAddr vip;
};

/// What a scheduler may look at besides the service.
struct PickContext {
  const NewFlow& flow;
  SharedTables& shared;
  std::uint32_t now_ms = 0;

  [[nodiscard]] DestLoad load(const Dest& dest) const { return shared.loads[dest.slot]; }
  /// It neither drains nor is full. Every scheduler passes over the others.
  [[nodiscard]] bool takes(const Dest& dest) const {
    return dest.weight != 0 && (dest.limits.max == 0 || load(dest).takes(dest.limits));
  }
};

/// A scheduler picks the dest for a new connection, or nullptr when no dest takes any. Adding one: an
/// enumerator in model/names.h, a file like rr.cc, a line in schedulers.h and in schedule.cc, a test, a row
/// in docs/schedulers.md.
template <typename S>
concept Scheduler = requires(const Service& service, SchedulerState& state, const PickContext& context) {
  { S::kind } -> std::convertible_to<SchedulerKind>;
  { S::pick(service, state, context) } -> std::same_as<const Dest*>;
};

/// Picks with the service's scheduler.
[[nodiscard]] const Dest* schedule(const Service& service, SchedulerState& state, const PickContext& context);
/// The dest that schedule() will pick when the connections before it are open; `state` is a copy, which goes
/// on. It may pick another one: a dest may become full meanwhile. Nullptr: not foreseen, as by schedulers
/// that count connections.
[[nodiscard]] const Dest* foresee(const Service& service, SchedulerState& state, const PickContext& context);

}  // namespace hvs
