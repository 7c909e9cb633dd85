// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/measure.h"

#include <algorithm>

#include "base/check.h"
#include "tests/bench/threads.h"

namespace hvs::bench {

double median(std::vector<double> values) {
  HVS_CHECK(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }
double most(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

namespace {

[[gnu::noinline]] void measured_rounds(const std::vector<Case>& cases, unsigned rounds,
                                       std::vector<Figure>& figures) {
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const Case& c = cases[i];
      double ns = 0;
      for (unsigned call = 0; call < c.calls; ++call) {
        if (c.prepare) c.prepare();
        const double start = thread_ns();
        c.body();
        ns += thread_ns() - start;
      }
      figures[i].values.push_back(ns / static_cast<double>(figures[i].packets));
    }
  }
}

}  // namespace

std::vector<Figure> measure_together(const std::string& section, const std::vector<Case>& cases,
                                     unsigned rounds) {
  std::vector<Figure> figures;
  for (const Case& c : cases) {
    figures.push_back({section, c.name, c.flows, c.packets * c.calls, "ns/packet", {}});
    if (c.prepare) c.prepare();
    c.body();
  }
  measured_rounds(cases, rounds, figures);
  return figures;
}

std::vector<double> ratio_of(const Figure& figure, const Figure& floor) {
  HVS_CHECK(figure.values.size() == floor.values.size());
  std::vector<double> ratio;
  for (std::size_t i = 0; i < figure.values.size(); ++i) ratio.push_back(figure.values[i] / floor.values[i]);
  return ratio;
}

void add_ratio(Figure& figure, const std::string& to, const Figure& floor) {
  figure.ratios.push_back({to, ratio_of(figure, floor)});
}

}  // namespace hvs::bench
