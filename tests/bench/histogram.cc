// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/histogram.h"

#include <algorithm>
#include <bit>

namespace hvs::bench {

void Histogram::add(double ns) {
  longest_ = std::max(longest_, ns);
  ++count_;
  const auto value = std::max<std::uint64_t>(static_cast<std::uint64_t>(ns), kSteps);
  const auto octave = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t step = (value >> (octave - 3)) - kSteps;  // the three bits after the first
  ++buckets_[std::min<std::size_t>(octave * kSteps + step, buckets_.size() - 1)];
}

double Histogram::percentile(double p) const {
  std::uint64_t left = count_ - static_cast<std::uint64_t>(p * static_cast<double>(count_));
  for (std::size_t i = buckets_.size(); i-- > 0;) {
    if (buckets_[i] < left) {
      left -= buckets_[i];
      continue;
    }
    const auto end = static_cast<double>(std::uint64_t{kSteps + i % kSteps + 1} << (i / kSteps - 3));
    return std::min(end, longest_);
  }
  return 0;
}

}  // namespace hvs::bench
