// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/histogram.h"
#include "tests/bench/measure.h"

namespace hvs::bench {

/// Something that the core is to keep: a figure of this run, or a ratio of two, with the bound that it has.
struct Target {
  std::string what;
  bool at_most = true;  // else at least
  double bound = 0;
  std::string unit;  // "times", "bytes", ...
  std::vector<double> values;
  // What loops without any code of HVS's took in the same run, in the same unit; 0: there are none.
  double without_hvs = 0;

  [[nodiscard]] bool met() const;
  /// Not met, and loops without HVS did not meet it either: it cannot be told whose doing that was.
  [[nodiscard]] bool undecided() const { return !met() && at_most && without_hvs > bound; }
};

/// What one must know of the machine, the build and the run to read the figures: name and value.
using Facts = std::vector<std::pair<std::string, std::string>>;
Facts facts_of_this_run(bool hugepages, int argc, char** argv);

/// One figure a line, so that two files can be compared by eye, too.
std::string to_json(const Facts& facts, const std::vector<Figure>& figures,
                    const std::vector<Target>& targets, const std::vector<TurnTimes>& turns);

/// Medians of an earlier run, as to_json() wrote them.
class Baseline {
 public:
  /// Nothing when the file cannot be read or is none of ours; says so on standard error.
  static std::optional<Baseline> load(const std::string& path);
  /// How many times the earlier median this one is; nothing when the earlier run has no such figure.
  [[nodiscard]] std::optional<double> change(const Figure& figure) const;
  /// "cpu", "kernel", ...: what it says, or "".
  [[nodiscard]] std::string fact(const std::string& name) const;

 private:
  std::map<std::string, double> medians_;
  std::map<std::string, std::string> facts_;
};

}  // namespace hvs::bench
