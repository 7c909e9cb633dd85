// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

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

/// Prints two histograms side by side, a line for each power of two.
void print_beside(const std::string& title, const std::string& a_name, const Histogram& a,
                  const std::string& b_name, const Histogram& b);

}  // namespace hvs::bench
