// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hvs::bench {

/// Durations in ns, kept to an eighth of their size: 8 buckets for each power of two.
class Histogram {
 public:
  void add(double ns);
  void add(const Histogram& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The upper end of the bucket that the p-th part of all lies in; p from 0 to 1.
  [[nodiscard]] double percentile(double p) const;
  [[nodiscard]] double longest() const { return longest_; }
  /// How many took from 2^k to below 2^(k+1) ns.
  [[nodiscard]] std::uint64_t in_octave(unsigned k) const;

 private:
  static constexpr unsigned kSteps = 8;
  std::array<std::uint64_t, std::size_t{kSteps} * 48> buckets_{};  // up to three days
  std::uint64_t count_ = 0;
  double longest_ = 0;
};

/// How long turns took, by the wall clock and by the CPU time of their thread.
struct TurnTimes {
  std::string name;
  Histogram wall;
  Histogram cpu;

  struct Row {
    double below_us;
    std::uint64_t wall;
    std::uint64_t cpu;
  };
  /// A row for each power of two that any turn took, what is shorter than the first one together in it.
  [[nodiscard]] std::vector<Row> rows() const;
};

/// Prints both side by side, a line for each row.
void print_beside(const TurnTimes& times);

}  // namespace hvs::bench
