// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/conn/tcp_state.h"
#include "tests/bench/measure.h"
#include "tests/bench/world.h"

namespace hvs::bench {

/// What every new connection does.
enum class Life : std::uint8_t {
  syn,        // TCP: a SYN and nothing more
  tcp,        // TCP: SYN, SYN-ACK, ACK, ACK, FIN, ACK, FIN, ACK: eight packets, four each way; a burst has
              // one kind of them
  tcp_mixed,  // the same, but a burst has all kinds of them, each of other connections
  tcp_wide,   // as tcp, with four times as many under way
  udp,        // UDP: one packet, no answer
};
std::string text_of(Life life);

/// A world with room for so many connections of such a life, for each of its workers.
std::shared_ptr<World> world_for(WorldSpec spec, Life life, std::uint32_t held, rte_mempool* pool);

/// A worker's table that has come to rest: about `held` connections in it, and as many end as begin. The
/// clock goes on just as fast as that takes, so the cost of ending connections is in what is measured. Of a
/// TCP life, a worker that sees no replies has the client's four packets.
class Churn {
 public:
  /// Of a world_for() such connections.
  Churn(std::shared_ptr<World> world, Life life, std::uint32_t held, unsigned worker = 0);
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;

  /// Runs the case until the table is at rest. Checks that it is.
  void settle();
  [[nodiscard]] Case measured();
  /// Packets of a whole life.
  [[nodiscard]] unsigned packets() const { return static_cast<unsigned>(segments_.size()); }

 private:
  struct Segment {
    Direction direction;
    std::uint8_t flags;
  };
  /// Connections that one run has opened.
  struct Cohort {
    FlowList clients;
    FlowList replies;
  };
  static std::vector<Segment> segments_of(Life life, ForwardingMode mode);
  void prepare();
  void run();
  /// Whose connections are so far in this run.
  [[nodiscard]] const Cohort& at_segment(std::size_t segment) const;

  std::shared_ptr<World> world_;
  unsigned worker_;
  Life life_;
  std::uint32_t held_;
  std::vector<Segment> segments_;
  std::uint32_t opened_;  // by one run
  std::uint32_t run_ms_;  // that the clock goes on in one run
  std::uint64_t next_client_;
  std::vector<Cohort> cohorts_;  // of this run, of the one before it, ...
};

}  // namespace hvs::bench
