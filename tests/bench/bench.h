// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/measure.h"
#include "tests/bench/results.h"

struct rte_mempool;

namespace hvs::bench {

/// What the command line asks for. Empty lists mean all.
struct Options {
  bool quick = false;
  unsigned rounds = 7;
  std::uint64_t packets = 4'000'000;  // per round of a figure
  unsigned cpu = 1;                   // of the first worker; the next ones have the following
  std::vector<std::string> sections;
  std::vector<std::string> modes;
  std::vector<std::string> families;    // "v4", "v6"
  std::vector<std::string> protocols;   // "tcp", "udp"
  std::vector<std::string> directions;  // "to_dest", "to_client", "both"
  std::vector<std::uint64_t> flows;
  std::vector<std::string> lives;  // "syn", "tcp", "tcp-mixed", ...
  std::uint32_t held = 1'000'000;  // connections at a time, where they come and go
};

/// What a section works with, and where its results go.
class Bench {
 public:
  Bench(Options options, rte_mempool* pool, std::optional<Baseline> baseline)
      : options_(std::move(options)), pool_(pool), baseline_(std::move(baseline)) {}

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] rte_mempool* pool() const { return pool_; }
  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] const std::vector<TurnTimes>& turns() const { return turns_; }

  /// Begins a table on the screen, with a column for each of these ratios.
  void begin_table(const std::string& title, std::vector<std::string> ratios = {});
  /// Keeps figures for the JSON file and prints them now.
  void add(const std::vector<Figure>& figures);
  /// Keeps how long turns took for the JSON file and prints it now.
  void add(TurnTimes times);
  /// Keeps a target for the JSON file and for the table that ends the run.
  void add(Target target) { targets_.push_back(std::move(target)); }

 private:
  Options options_;
  rte_mempool* pool_;
  std::optional<Baseline> baseline_;
  std::vector<Figure> figures_;
  std::vector<Target> targets_;
  std::vector<TurnTimes> turns_;
  std::vector<std::string> columns_;
};

/// An empty list stands for everything.
template <typename T, typename V>
bool wanted(const std::vector<T>& list, const V& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

/// A part of the benchmark. Adding one: a file with its function, a line here, and one in kSections
/// (main.cc).
struct Section {
  const char* name;
  const char* what;
  void (*run)(Bench& bench);
};

void run_targets(Bench& bench);
void run_matrix(Bench& bench);
void run_new_connections(Bench& bench);
void run_services(Bench& bench);
void run_schedulers(Bench& bench);
void run_table(Bench& bench);
void run_workers(Bench& bench);
void run_latency(Bench& bench);
void run_memory(Bench& bench);

}  // namespace hvs::bench
