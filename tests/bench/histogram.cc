// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cstdio>

namespace hvs::bench {

void Histogram::add(double ns) {
  longest_ = std::max(longest_, ns);
  ++count_;
  const auto value = std::max<std::uint64_t>(static_cast<std::uint64_t>(ns), kSteps);
  const auto octave = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t step = (value >> (octave - 3)) - kSteps;  // the three bits after the first
  ++buckets_[std::min<std::size_t>(octave * kSteps + step, buckets_.size() - 1)];
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  longest_ = std::max(longest_, other.longest_);
}

std::uint64_t Histogram::in_octave(unsigned k) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kSteps; ++i) count += buckets_[k * kSteps + i];
  return count;
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

std::vector<TurnTimes::Row> TurnTimes::rows() const {
  constexpr unsigned kFirst = 10;  // about a microsecond
  constexpr unsigned kLast = 36;
  std::vector<Row> out;
  Row row{};
  for (unsigned k = 0; k <= kLast; ++k) {
    row.wall += wall.in_octave(k);
    row.cpu += cpu.in_octave(k);
    if (k < kFirst || (row.wall == 0 && row.cpu == 0)) continue;
    row.below_us = static_cast<double>(std::uint64_t{2} << k) / 1000;
    out.push_back(row);
    row = {};
  }
  return out;
}

void print_beside(const TurnTimes& times) {
  std::printf("  %-30s %12s %12s\n", ("of turns, " + times.name + ", below us").c_str(), "wall", "CPU time");
  for (const TurnTimes::Row& row : times.rows()) {
    std::printf("  %30.0f %12llu %12llu\n", row.below_us, static_cast<unsigned long long>(row.wall),
                static_cast<unsigned long long>(row.cpu));
  }
  std::fflush(stdout);
}

}  // namespace hvs::bench
