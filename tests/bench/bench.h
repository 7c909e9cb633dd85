// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

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
};

/// What a section works with, and where its figures go.
class Bench {
 public:
  Bench(Options options, rte_mempool* pool) : options_(std::move(options)), pool_(pool) {}

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] rte_mempool* pool() const { return pool_; }
  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }

  /// Begins a table of ns per packet on the screen.
  void begin_table(const std::string& title);
  /// Keeps figures for the end and prints them now.
  void add(std::vector<Figure> figures);

 private:
  Options options_;
  rte_mempool* pool_;
  std::vector<Figure> figures_;
};

/// A part of the benchmark. Adding one: a file with its function, a line in kSections (main.cc).
struct Section {
  const char* name;
  const char* what;
  void (*run)(Bench& bench);
};

void run_matrix(Bench& bench);

}  // namespace hvs::bench
