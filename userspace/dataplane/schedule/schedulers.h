// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "dataplane/schedule/scheduler.h"

// Every scheduler. Each has a file of its own, which cites what defines it; docs/schedulers.md compares them.
namespace hvs {

/// Round robin over the dests with weight above zero, in the order of the file.
struct RoundRobin {
  static constexpr SchedulerKind kind = SchedulerKind::rr;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// Weighted round robin, interleaved: of weights {4, 3, 2} the sequence is A A B A B C A B C.
struct WeightedRoundRobin {
  static constexpr SchedulerKind kind = SchedulerKind::wrr;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// The dest with the fewest connections, active ones above all; weights only say who drains.
struct LeastConnection {
  static constexpr SchedulerKind kind = SchedulerKind::lc;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// The dest with the fewest connections for its weight.
struct WeightedLeastConnection {
  static constexpr SchedulerKind kind = SchedulerKind::wlc;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A destination stays with its dest while that is not overloaded.
struct LocalityLeastConnection {
  static constexpr SchedulerKind kind = SchedulerKind::lblc;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A destination stays with a set of dests, which grows while they are overloaded.
struct LocalityReplicated {
  static constexpr SchedulerKind kind = SchedulerKind::lblcr;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A fixed dest for each destination address.
struct DestinationHashing {
  static constexpr SchedulerKind kind = SchedulerKind::dh;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A fixed dest for each client, in shares by weight.
struct SourceHashing {
  static constexpr SchedulerKind kind = SchedulerKind::sh;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// The dest that would serve one more connection soonest.
struct ShortestExpectedDelay {
  static constexpr SchedulerKind kind = SchedulerKind::sed;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// An idle dest if there is one, else as sed.
struct NeverQueue {
  static constexpr SchedulerKind kind = SchedulerKind::nq;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// The heaviest dest, as long as it takes connections.
struct Failover {
  static constexpr SchedulerKind kind = SchedulerKind::fo;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// The heaviest dest whose active connections do not exceed its weight.
struct Overflow {
  static constexpr SchedulerKind kind = SchedulerKind::ovf;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A fixed dest for each client, by Maglev's table.
struct Maglev {
  static constexpr SchedulerKind kind = SchedulerKind::mh;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

/// A fixed dest for each client, by a ring of many points per dest.
struct ConsistentHashing {
  static constexpr SchedulerKind kind = SchedulerKind::conhash;
  static const Dest* pick(const Service& service, SchedulerState& state, const PickContext& context);
};

}  // namespace hvs
