// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// hvs-bench: what the forwarding core costs by itself. Real worker, real snapshot, real pipeline; the port
// makes its frames in the loop. Figures are nanoseconds per packet on one core: compare them with the floors
// that the same run prints, not with another machine's.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "tests/bench/floors.h"
#include "tests/bench/world.h"

namespace {

using namespace hvs;
using namespace hvs::bench;

std::vector<Figure> run_flows(std::uint64_t flows, std::uint64_t packets, unsigned runs, rte_mempool* pool) {
  std::vector<Figure> figures;
  World world(static_cast<std::uint32_t>(flows < 1024 ? 1024 : flows), pool);
  const std::vector<FlowTuple> clients = World::client_flows(flows);
  figures.push_back(empty_loop(world.port(), clients, packets, runs));
  figures.push_back(rte_hash_floor(world.port(), clients, packets, runs));
  world.establish(clients);
  figures.push_back(measure("fullnat udp4 established, to_dest", flows, packets, runs,
                            [&] { world.forward(clients, packets); }));
  const std::vector<FlowTuple> replies = world.reply_flows();
  figures.push_back(measure("fullnat udp4 established, to_client", flows, packets, runs,
                            [&] { world.forward(replies, packets); }));
  return figures;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Benchmarks of the forwarding core, without a NIC", "hvs-bench");
  bool quick = false;
  std::string json;
  unsigned runs = 7;
  unsigned cpu = 1;
  app.add_flag("--quick", quick, "Fewer packets and runs: under a minute");
  app.add_option("--runs", runs, "Runs per figure")->check(CLI::Range(1, 101));
  app.add_option("--json", json, "Also write the figures to this file");
  app.add_option("--cpu", cpu, "CPU to run on");
  CLI11_PARSE(app, argc, argv);
  if (quick) runs = 3;
  const std::uint64_t packets = quick ? 1'000'000 : 4'000'000;

  EalOptions options;
  options.instance = "bench";
  options.memory_bytes = 1_GiB;
  options.worker_cpus = {cpu};
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
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);

  std::vector<Figure> figures;
  for (const std::uint64_t flows : {std::uint64_t{1}, std::uint64_t{10'000}, std::uint64_t{1'000'000}}) {
    for (Figure& figure : run_flows(flows, packets, runs, *pool)) figures.push_back(std::move(figure));
  }
  std::printf("pages: %s\n", eal->hugepages() ? "hugepages for packets" : "4 KiB for packets");
  print_table(figures);
  if (!json.empty()) std::ofstream(json) << to_json(figures) << '\n';
  return 0;
}
