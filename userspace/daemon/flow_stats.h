// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hvs {

/// What a row of counters says at one moment, summed over workers.
struct FlowCounts {
  enum Index : std::size_t { connections, packets_in, bytes_in, packets_out, bytes_out, size };
  std::array<std::uint64_t, size> values{};
};

/// What the control thread remembers of a row: where its counters began anew, and how fast they grow. Workers
/// alone write counters, so beginning anew is subtraction.
class FlowStats {
 public:
  /// Called every `seconds`. A quarter of the difference counts: the estimator that IPVS has, so that its
  /// users see what they are used to.
  void sample(const FlowCounts& now, double seconds) {
    for (std::size_t i = 0; i < FlowCounts::size; ++i) {
      const std::uint64_t grown = now.values[i] - last_.values[i];
      const double rate = sampled_ ? static_cast<double>(grown) / seconds : 0;
      rates_[i] += (rate - rates_[i]) / 4;
    }
    last_ = now;
    sampled_ = true;
  }
  void zero(const FlowCounts& now) {
    zero_ = last_ = now;
    rates_ = {};
    sampled_ = true;
  }
  [[nodiscard]] FlowCounts since_zero(const FlowCounts& now) const {
    FlowCounts out;
    for (std::size_t i = 0; i < FlowCounts::size; ++i) out.values[i] = now.values[i] - zero_.values[i];
    return out;
  }
  /// Per second, rounded.
  [[nodiscard]] FlowCounts rate() const {
    FlowCounts out;
    for (std::size_t i = 0; i < FlowCounts::size; ++i) {
      out.values[i] = static_cast<std::uint64_t>(std::llround(rates_[i]));
    }
    return out;
  }

 private:
  FlowCounts zero_;
  FlowCounts last_;
  std::array<double, FlowCounts::size> rates_{};
  bool sampled_ = false;
};

}  // namespace hvs
