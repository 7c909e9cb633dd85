// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/bench.h"

#include "tests/bench/report.h"

namespace hvs::bench {

void Bench::begin_table(const std::string& title, std::vector<std::string> ratios) {
  columns_ = std::move(ratios);
  print_header(title, columns_, baseline_.has_value());
}

void Bench::add(const std::vector<Figure>& figures) {
  for (const Figure& figure : figures) {
    print_figure(figure, columns_, baseline_ ? baseline_->change(figure) : std::nullopt);
    figures_.push_back(figure);
  }
}

void Bench::add(TurnTimes times) {
  print_beside(times);
  turns_.push_back(std::move(times));
}

}  // namespace hvs::bench
