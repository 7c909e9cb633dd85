// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// hvs-bench: what the forwarding core costs by itself. Real worker, real snapshot, real pipeline; the port
// makes its frames in the loop. Figures are nanoseconds per packet on one core: compare them with the floors
// that the same run prints, not with another machine's (docs/performance.md).

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "tests/bench/bench.h"
#include "tests/bench/report.h"
#include "tests/bench/threads.h"

namespace {

using namespace hvs;
using namespace hvs::bench;

constexpr Section kSections[] = {
    {"targets", "the ratios that established packets of every mode are held to", run_targets},
    {"matrix", "established connections: mode, family, protocol, flows, direction", run_matrix},
    {"new", "new connections, as many ending meanwhile: SYN only, whole TCP lives, UDP", run_new_connections},
    {"services", "1 to 10,000 services: established and new, UDP of both families and TCP lives",
     run_services},
    {"schedulers", "every scheduler at 10 and 1,000 dests, and how long their tables take", run_schedulers},
    {"table", "the connection table alone beside rte_hash, vector beside portable comparison", run_table},
    {"workers", "one and two workers at the same time; replies that come to the wrong one", run_workers},
    {"latency", "longest turn while a million connections end and configurations are replaced", run_latency},
    {"memory", "bytes per connection at 10 M connections", run_memory},
};

struct Files {
  std::string json;
  std::string baseline;
  bool list = false;
};

void add_options(CLI::App& app, Options& options, Files& files) {
  const auto list_of = [&](const char* name, auto& into, const char* what) {
    return app.add_option(name, into, what)->delimiter(',');
  };
  app.add_flag("--quick", options.quick,
               "Fewer packets and rounds, no 10 M flows, and of other modes than full NAT the targets and 1 "
               "M flows alone: under 3 minutes");
  app.add_option("--rounds", options.rounds, "Rounds per figure")->check(CLI::Range(1, 101));
  app.add_option("--packets", options.packets, "Packets per round")->check(CLI::Range(1000U, 1'000'000'000U));
  app.add_option("--cpu", options.cpu, "CPU to run on");
  list_of("--section", options.sections, "Only these sections, see --list");
  list_of("--mode", options.modes, "targets, matrix, new: only these modes");
  list_of("--family", options.families, "targets, matrix, new: only v4 or v6")
      ->check(CLI::IsMember({"v4", "v6"}));
  list_of("--protocol", options.protocols, "targets, matrix: only tcp or udp")
      ->check(CLI::IsMember({"tcp", "udp"}));
  list_of("--direction", options.directions, "matrix: only to_dest, to_client or both")
      ->check(CLI::IsMember({"to_dest", "to_client", "both"}));
  list_of("--flows", options.flows, "matrix: only 1, 10000, 100000, 1000000 or 10000000 flows");
  list_of("--life", options.lives,
          "new: only syn, tcp, tcp-mixed, tcp-wide or udp, without established packets beside them")
      ->check(CLI::IsMember({"syn", "tcp", "tcp-mixed", "tcp-wide", "udp"}));
  app.add_option("--held", options.held, "new: connections held at a time")
      ->check(CLI::Range(1024U, 10'000'000U));
  app.add_option("--json", files.json, "Also write machine, figures and targets to this file");
  app.add_option("--baseline", files.baseline,
                 "Compare with this file, which --json wrote on the same machine");
  app.add_flag("--list", files.list, "Name the sections and stop");
}

Result<Eal> start_eal(unsigned cpu) {
  EalOptions options;
  options.instance = "bench";
  options.memory_bytes = 256_MiB;
  options.worker_cpus = {cpu};
  options.log = [](EalLogLevel level, std::string_view line) {
    if (level == EalLogLevel::error)
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  return init_eal(options);
}

int run(const Options& options, const Files& files, int argc, char** argv) {
  std::optional<Baseline> baseline;
  if (!files.baseline.empty()) {
    baseline = Baseline::load(files.baseline);
    if (!baseline) return 2;
  }
  auto eal = start_eal(options.cpu);
  if (!eal) {
    std::fprintf(stderr, "hvs-bench: %s\n", eal.error().message().c_str());
    return 1;
  }
  auto pool = create_pool("bench", {-1, 8191, data_room_for(1500), 0, 0});
  if (!pool) {
    std::fprintf(stderr, "hvs-bench: %s\n", pool.error().message().c_str());
    return 1;
  }
  run_on(options.cpu);

  const Facts facts = facts_of_this_run(eal->hugepages(), argc, argv);
  print_facts(facts);
  if (baseline && baseline->fact("cpu") != facts.front().second) {
    std::printf("the baseline is of another machine: %s\n", baseline->fact("cpu").c_str());
  }
  Bench bench(options, *pool, std::move(baseline));
  for (const Section& section : kSections) {
    if (wanted(options.sections, section.name)) section.run(bench);
  }
  print_targets(bench.targets());
  if (files.json.empty()) return 0;
  std::ofstream out(files.json);
  out << to_json(facts, bench.figures(), bench.targets(), bench.turns());
  if (out.flush()) return 0;
  std::fprintf(stderr, "hvs-bench: cannot write %s\n", files.json.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Benchmarks of the forwarding core, without a NIC", "hvs-bench");
  Options options;
  Files files;
  add_options(app, options, files);
  CLI11_PARSE(app, argc, argv);
  if (files.list) {
    for (const Section& s : kSections) std::printf("%-12s %s\n", s.name, s.what);
    return 0;
  }
  for (const std::string& name : options.sections) {
    const bool known = std::any_of(std::begin(kSections), std::end(kSections),
                                   [&](const Section& s) { return s.name == name; });
    if (known) continue;
    std::fprintf(stderr, "hvs-bench: no section '%s'; see --list\n", name.c_str());
    return 2;
  }
  if (options.quick) {
    if (app.count("--rounds") == 0) options.rounds = 3;
    if (app.count("--packets") == 0) options.packets = 1'000'000;
  }
  return run(options, files, argc, argv);
}
