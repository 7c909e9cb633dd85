// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// hvs-bench: what the forwarding core costs by itself. Real worker, real snapshot, real pipeline; the port
// makes its frames in the loop. Figures are nanoseconds per packet on one core: compare them with the floors
// that the same run prints, not with another machine's.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "tests/bench/bench.h"
#include "tests/bench/report.h"

namespace hvs::bench {

void Bench::begin_table(const std::string& title) { print_header(title); }

void Bench::add(std::vector<Figure> figures) {
  for (Figure& figure : figures) {
    print_figure(figure);
    figures_.push_back(std::move(figure));
  }
}

}  // namespace hvs::bench

namespace {

using namespace hvs;
using namespace hvs::bench;

constexpr Section kSections[] = {
    {"matrix", "established connections: mode, family, protocol, flows, direction", run_matrix},
};

void add_options(CLI::App& app, Options& options) {
  app.add_flag("--quick", options.quick, "Fewer packets and rounds, no 10 M flows: under 3 minutes");
  app.add_option("--rounds,--runs", options.rounds, "Rounds per figure")->check(CLI::Range(1, 101));
  app.add_option("--packets", options.packets, "Packets per round")->check(CLI::Range(1000U, 1'000'000'000U));
  app.add_option("--cpu", options.cpu, "CPU to run on");
  app.add_option("--section", options.sections, "Only these sections (--list names them)")->delimiter(',');
  app.add_option("--mode", options.modes, "matrix: only these modes")->delimiter(',');
  app.add_option("--family", options.families, "matrix: only v4 or v6")
      ->delimiter(',')
      ->check(CLI::IsMember({"v4", "v6"}));
  app.add_option("--protocol", options.protocols, "matrix: only tcp or udp")
      ->delimiter(',')
      ->check(CLI::IsMember({"tcp", "udp"}));
  app.add_option("--direction", options.directions, "matrix: only to_dest, to_client or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"to_dest", "to_client", "both"}));
  app.add_option("--flows", options.flows, "matrix: only so many flows: 1, 10000, 100000, 1000000, 10000000")
      ->delimiter(',');
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Benchmarks of the forwarding core, without a NIC", "hvs-bench");
  Options bench_options;
  std::string json;
  bool list = false;
  add_options(app, bench_options);
  app.add_option("--json", json, "Also write the figures to this file");
  app.add_flag("--list", list, "Name the sections and stop");
  CLI11_PARSE(app, argc, argv);
  if (list) {
    for (const Section& s : kSections) std::printf("%-12s %s\n", s.name, s.what);
    return 0;
  }
  if (bench_options.quick) {
    if (app.count("--rounds") == 0) bench_options.rounds = 3;
    if (app.count("--packets") == 0) bench_options.packets = 1'000'000;
  }

  EalOptions options;
  options.instance = "bench";
  options.memory_bytes = 256_MiB;
  options.worker_cpus = {bench_options.cpu};
  options.log = [](EalLogLevel level, std::string_view line) {
    if (level == EalLogLevel::error)
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  auto eal = init_eal(options);
  if (!eal) {
    std::fprintf(stderr, "hvs-bench: %s\n", eal.error().message().c_str());
    return 1;
  }
  auto pool = create_pool("bench", {-1, 8191, data_room_for(1500), 0, 0});
  if (!pool) {
    std::fprintf(stderr, "hvs-bench: %s\n", pool.error().message().c_str());
    return 1;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(bench_options.cpu, &set);
  sched_setaffinity(0, sizeof set, &set);

  std::printf("one core, smallest frames, no NIC; pages: %s\n",
              eal->hugepages() ? "hugepages for packets" : "4 KiB for packets");
  Bench bench(bench_options, *pool);
  for (const Section& section : kSections) {
    const auto& only = bench_options.sections;
    if (only.empty() || std::find(only.begin(), only.end(), section.name) != only.end()) section.run(bench);
  }
  if (!json.empty()) std::ofstream(json) << to_json(bench.figures()) << '\n';
  return 0;
}
