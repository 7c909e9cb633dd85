// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// Established connections: mode x family x protocol x flows x direction, each beside the floors, measured in
// turn.

#include <string>
#include <vector>

#include "tests/bench/bench.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

constexpr std::uint64_t kFlows[] = {1, 10'000, 100'000, 1'000'000, 10'000'000};

void run_cell(Bench& bench, const WorldSpec& spec, std::uint64_t flows) {
  const Options& options = bench.options();
  const std::uint64_t packets = options.packets;
  Established cell(spec, flows, bench.pool());
  std::vector<Case> cases = {cell.empty_loop_case(packets), cell.hash_case(packets),
                             cell.minimal_case(packets)};
  const std::size_t floors = cases.size();
  for (const std::string& direction : directions_of(spec)) {
    if (wanted(options.directions, direction)) cases.push_back(cell.direction(direction, packets));
  }
  std::vector<Figure> figures = measure_together("matrix", cases, options.rounds);
  for (std::size_t i = floors; i < figures.size(); ++i) {
    add_ratio(figures[i], "empty loop", figures[0]);
    add_ratio(figures[i], "rte_hash", figures[1]);
  }
  bench.add(std::move(figures));
}

bool left_out_of_quick(const Options& options, const WorldSpec& spec, L4Proto protocol) {
  return options.modes.empty() && options.protocols.empty() && protocol == L4Proto::udp &&
         !shows_protocols(spec);
}

void run_mode(Bench& bench, WorldSpec spec) {
  const Options& options = bench.options();
  for (const L4Proto protocol : {L4Proto::udp, L4Proto::tcp}) {
    if (!wanted(options.protocols, name_of(protocol))) continue;
    if (options.quick && left_out_of_quick(options, spec, protocol)) continue;
    for (const std::uint64_t flows : kFlows) {
      if (!wanted(options.flows, flows)) continue;
      if (options.quick && options.flows.empty() && flows > 1'000'000) continue;
      spec.protocol = protocol;
      run_cell(bench, spec, flows);
    }
  }
}

}  // namespace

void run_matrix(Bench& bench) {
  const Options& options = bench.options();
  bench.begin_table("established connections", {"empty loop", "rte_hash"});
  for (WorldSpec spec : every_mode()) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      spec.family = family;
      if (wanted(options.modes, mode_of(spec)) && wanted(options.families, text_of(family)))
        run_mode(bench, spec);
    }
  }
}

}  // namespace hvs::bench
