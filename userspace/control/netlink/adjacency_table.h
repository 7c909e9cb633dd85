// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <chrono>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/fib.h"

namespace hvs::netlink {

/// The rows of Fib::adjacencies. A row belongs to one (interface, address) from the first time that the
/// kernel knows that neighbour until it has been unknown for a grace period; so a connection that keeps the
/// index finds the neighbour again after a flush. Only free_idle() gives rows away, and its caller then
/// changes Fib::generation: no kept index outlives its row.
class AdjacencyTable {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AdjacencyTable(std::size_t max_rows) : max_rows_(max_rows) {}

  /// What the kernel knows of a neighbour now; makes the row. True: the row changed. Without room for another
  /// row the neighbour stays unknown.
  bool set(const NeighKey& key, const Adjacency& adjacency);
  /// The kernel forgot the neighbour: the row, if any, is unresolved from now on. True: it changed.
  bool lose(const NeighKey& key, Clock::time_point now);
  [[nodiscard]] bool full() const { return free_.empty() && rows_.size() >= max_rows_; }
  /// Frees the rows lost before `deadline`. Returns how many.
  std::size_t free_idle(Clock::time_point deadline);

  [[nodiscard]] const std::vector<Adjacency>& rows() const { return rows_; }
  [[nodiscard]] const std::unordered_map<NeighKey, AdjIndex, NeighKeyHash>& index() const { return index_; }
  /// Whose row it is, or nullptr when it is nobody's.
  [[nodiscard]] const NeighKey* owner(AdjIndex row) const;

 private:
  struct Owner {
    NeighKey key;
    bool taken = false;
    std::optional<Clock::time_point> lost_at;
  };
  std::uint32_t take_row();

  std::size_t max_rows_;
  std::vector<Adjacency> rows_;
  std::vector<Owner> owners_;  // beside rows_
  std::vector<std::uint32_t> free_;
  std::unordered_map<NeighKey, AdjIndex, NeighKeyHash> index_;
};

}  // namespace hvs::netlink
