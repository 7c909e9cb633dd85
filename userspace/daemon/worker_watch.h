// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hvs {

/// Tells from the workers' loop counters which of them stand still. A worker that sleeps still turns every
/// 10 ms, so between two looks a good while apart each one must have moved.
class WorkerWatch {
 public:
  struct Report {
    std::vector<unsigned> hung;       // stand still, by WorkerId
    std::vector<unsigned> newly;      // of these, since this look
    std::vector<unsigned> recovered;  // stood still at the look before and turn again
  };

  /// `loops` by WorkerId, always as many. The first look finds nothing.
  Report look(std::span<const std::uint64_t> loops) {
    Report report;
    if (before_.empty()) {
      before_.assign(loops.begin(), loops.end());
      hung_.assign(loops.size(), false);
      return report;
    }
    for (unsigned w = 0; w < loops.size(); ++w) {
      const bool stands = loops[w] == before_[w];
      if (stands) report.hung.push_back(w);
      if (stands && !hung_[w]) report.newly.push_back(w);
      if (!stands && hung_[w]) report.recovered.push_back(w);
      hung_[w] = stands;
      before_[w] = loops[w];
    }
    return report;
  }

 private:
  std::vector<std::uint64_t> before_;
  std::vector<bool> hung_;
};

}  // namespace hvs
