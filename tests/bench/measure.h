// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hvs::bench {

/// One line of the table: nanoseconds per packet over several runs.
struct Figure {
  std::string name;
  std::uint64_t flows = 0;
  std::uint64_t packets = 0;  // per run
  std::vector<double> ns;     // per packet, one a run, sorted

  [[nodiscard]] double median() const { return ns[ns.size() / 2]; }
  [[nodiscard]] double min() const { return ns.front(); }
  [[nodiscard]] double max() const { return ns.back(); }
};

/// Runs `body`, which handles `packets` packets, once to warm up and `runs` times on the clock.
Figure measure(std::string name, std::uint64_t flows, std::uint64_t packets, unsigned runs,
               const std::function<void()>& body);

void print_table(const std::vector<Figure>& figures);
std::string to_json(const std::vector<Figure>& figures);

}  // namespace hvs::bench
