// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/bench/measure.h"
#include "tests/bench/world.h"

namespace hvs::bench {

/// What every new connection does.
enum class Life : std::uint8_t {
  syn,  // TCP: a SYN and nothing more
  tcp,  // TCP: SYN, SYN-ACK, ACK, ACK, FIN, ACK, FIN, ACK: eight packets, four each way
  udp,  // UDP: one packet, no answer
};

/// A table that has come to rest: about `held` connections in it, and as many end as begin. The clock goes on
/// just as fast as that takes, so the cost of ending connections is in what is measured.
class Churn {
 public:
  Churn(WorldSpec spec, Life life, std::uint32_t held, rte_mempool* pool);
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;

  /// Runs the case until the table is at rest. Checks that it is.
  void settle();
  [[nodiscard]] Case measured();
  [[nodiscard]] World& world() { return world_; }
  static constexpr unsigned packets_of(Life life) { return life == Life::tcp ? 8 : 1; }
  /// Connections that one run opens: of whole lives so many are under way at a time, too many for the L2
  /// cache. Of few held ones a share, so that the clock does not leap.
  static constexpr std::uint64_t opened_by_run(Life life, std::uint32_t held) {
    return life == Life::tcp ? std::min(65'536U, held / 15) : std::min(262'144U, held / 3);
  }

 private:
  void prepare();
  void run();
  void live();

  Life life_;
  std::uint64_t opened_;  // by one run
  std::uint32_t held_;
  std::uint32_t run_ms_;  // that the clock goes on in one run
  World world_;
  std::uint64_t next_client_ = 0;
  FlowList fresh_;    // flows of this run's new connections
  FlowList sent_;     // as they go to the dests
  FlowList clients_;  // of the last run's connections, in random order
  FlowList replies_;
};

std::string text_of(Life life);

}  // namespace hvs::bench
