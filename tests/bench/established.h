// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/floors.h"
#include "tests/bench/measure.h"
#include "tests/bench/world.h"

namespace hvs::bench {

/// The modes: the matrix measures each with clients of either family, and the targets are asked of each.
std::vector<WorldSpec> every_mode();
/// Full NAT shows what the protocols cost, and the others with one of them what the modes do.
bool shows_protocols(const WorldSpec& spec);
/// Of Established::direction(), those that a mode has.
std::vector<std::string> directions_of(const WorldSpec& spec);

/// A world with so many established connections, whose packets arrive in random order. Its cases hold on to
/// it.
class Established {
 public:
  Established(WorldSpec spec, std::uint64_t flows, rte_mempool* pool);
  Established(const Established&) = delete;
  Established& operator=(const Established&) = delete;

  /// "fullnat tcp v4 to_dest"; direction: to_dest, to_client, or both in turn.
  [[nodiscard]] Case direction(const std::string& direction, std::uint64_t packets);
  /// Of frames as they come in this direction.
  [[nodiscard]] Case empty_loop_case(const std::string& direction, std::uint64_t packets);
  /// rte_hash with these flows, alone, and between receiving and sending.
  [[nodiscard]] Case hash_case(std::uint64_t packets);
  [[nodiscard]] Case minimal_case(std::uint64_t packets);

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const FlowList& clients() const { return clients_; }

 private:
  HashFloor& floor();

  World world_;
  FlowList clients_;
  FlowList replies_;
  // One cursor for each case, so that none runs into what another has just fetched.
  Stream in_, out_, both_in_, both_out_, empty_, empty_out_, hash_, minimal_;
  std::unique_ptr<HashFloor> floor_;
};

}  // namespace hvs::bench
