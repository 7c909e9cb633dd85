// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "model/fib.h"

namespace hvs::netlink {

/// The rows of Fib::adjacencies. A row belongs to one (interface, address, MTU) from the first time that the
/// kernel knows that neighbour until it has been unknown, or no way there has that MTU, for a grace period;
/// so a connection that keeps the index finds the neighbour again after a flush. Only free_idle() gives rows
/// away, and its caller then changes Fib::generation: no kept index outlives its row.
class AdjacencyTable {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AdjacencyTable(std::size_t max_rows) : max_rows_(max_rows) {}

  using Index = std::unordered_map<AdjacencyKey, AdjIndex, AdjacencyKeyHash>;
  using Mtus = std::set<std::uint16_t>;
  /// What the kernel knows of a neighbour now; makes its row, and one for each of the other MTUs that ways to
  /// it have. Rows of further MTUs are lost. True: a row changed. What there is no room for stays unknown.
  bool set(const NeighKey& key, Adjacency adjacency, const Mtus& other_mtus, Clock::time_point now);
  /// The kernel forgot the neighbour: its rows, if any, are unresolved from now on. True: one changed.
  bool lose(const NeighKey& key, Clock::time_point now);
  [[nodiscard]] bool full() const { return free_.empty() && rows_.size() >= max_rows_; }
  /// Frees the rows lost before `deadline`. Returns how many.
  std::size_t free_idle(Clock::time_point deadline);

  [[nodiscard]] const std::vector<Adjacency>& rows() const { return rows_; }
  [[nodiscard]] const Index& index() const { return index_; }
  /// Whose row it is, or nullptr when it is nobody's.
  [[nodiscard]] const NeighKey* owner(AdjIndex row) const;

 private:
  struct Owner {
    AdjacencyKey key;
    bool taken = false;
    std::optional<Clock::time_point> lost_at;
  };
  std::uint32_t take_row();
  bool set_row(const AdjacencyKey& key, const Adjacency& adjacency);
  bool lose_row(const AdjacencyKey& key, Clock::time_point now);

  std::size_t max_rows_;
  std::vector<Adjacency> rows_;
  std::vector<Owner> owners_;  // beside rows_
  std::vector<std::uint32_t> free_;
  Index index_;
  std::unordered_map<NeighKey, Mtus, NeighKeyHash> other_mtus_;  // that a neighbour has rows for
};

}  // namespace hvs::netlink
