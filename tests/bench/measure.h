// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/names.h"
#include "net/ip_addr.h"

namespace hvs::bench {

/// How many times another figure of the same run, a value for each round.
struct Ratio {
  std::string to;  // "empty", "rte_hash", ...
  std::vector<double> values;
};

/// One line of a table: what was measured, and a value for each round.
struct Figure {
  std::string section;
  std::string name;
  std::uint64_t flows = 0;
  std::uint64_t packets = 0;  // per round
  std::string unit = "ns/packet";
  std::vector<double> values;  // in order of rounds
  std::vector<Ratio> ratios{};
};

double median(std::vector<double> values);
double least(const std::vector<double>& values);
double most(const std::vector<double>& values);

/// Something to put on the clock, which is the thread's CPU time.
struct Case {
  std::string name;
  std::uint64_t flows = 0;
  std::uint64_t packets = 0;  // that one call of `body` handles
  std::function<void()> body;
  std::function<void()> prepare{};  // before each call, off the clock
  unsigned calls = 1;               // of `body` in a round
};

/// Runs all cases once to warm up, then in turn, A B C A B C ..., so that whatever disturbs the machine
/// disturbs what is compared with each other, and a ratio has a value for each round. The rounds that count
/// are a function of their own by name, measured_rounds(), for profilers that begin to count there.
std::vector<Figure> measure_together(const std::string& section, const std::vector<Case>& cases,
                                     unsigned rounds);

/// How many times `floor` a figure is, round by round.
std::vector<double> ratio_of(const Figure& figure, const Figure& floor);
/// Adds to `figure` how many times `floor` it is, round by round.
void add_ratio(Figure& figure, const std::string& to, const Figure& floor);

}  // namespace hvs::bench
