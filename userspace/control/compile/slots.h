// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace hvs {

/// Hands out rows 0 .. max-1 to names. A name keeps its row while it is given, and gets it back when it comes
/// again before somebody else needed the row. A row goes to another name only when its own name was not given
/// the last time either (workers may still use the snapshot before this one) and no connection carries it.
template <typename Name, typename Slot>
class Slots {
 public:
  explicit Slots(std::uint32_t max = 0) : max_(max) {}

  /// A new turn: every row counts as not named until it is asked for.
  void begin() { ++turn_; }

  /// Marks the row of `name` as named in this turn; true when it has one.
  bool keep(const Name& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return false;
    rows_[found->second].named = turn_;
    return true;
  }
  [[nodiscard]] Slot slot_of(const Name& name) const { return Slot{by_name_.at(name)}; }

  /// Another number, never 0, each time the row is given to a name.
  [[nodiscard]] std::uint64_t given(Slot slot) const { return rows_[slot.value].given; }

  /// A row for a name that has none. Call after keep() of all others; nothing when rows ran out.
  template <typename InUse>
  std::optional<Slot> assign(const Name& name, const InUse& in_use) {
    std::uint32_t row = 0;
    if (const auto free = next_free(in_use); free) {
      row = *free;
      by_name_.erase(rows_[row].name);
    } else if (rows_.size() < max_) {
      row = static_cast<std::uint32_t>(rows_.size());
      rows_.emplace_back();
    } else {
      return std::nullopt;
    }
    rows_[row] = {name, turn_, turn_};
    by_name_.emplace(name, row);
    return Slot{row};
  }
  /// Rows ever used.
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint32_t max() const { return max_; }

 private:
  struct Row {
    Name name;
    std::uint64_t named = 0;  // the last turn that named it
    std::uint64_t given = 0;  // the turn that gave it to the name
  };

  /// Each row is judged once a turn, so that assigning many names stays linear.
  template <typename InUse>
  std::optional<std::uint32_t> next_free(const InUse& in_use) {
    if (searched_turn_ != turn_) {
      searched_turn_ = turn_;
      search_from_ = 0;
    }
    while (search_from_ < rows_.size()) {
      const std::uint32_t row = search_from_++;
      if (rows_[row].named + 1 < turn_ && !in_use(Slot{row})) return row;
    }
    return std::nullopt;
  }

  std::uint32_t max_;
  std::uint64_t turn_ = 1;
  std::uint64_t searched_turn_ = 0;
  std::uint32_t search_from_ = 0;
  std::vector<Row> rows_;
  std::map<Name, std::uint32_t> by_name_;
};

}  // namespace hvs
