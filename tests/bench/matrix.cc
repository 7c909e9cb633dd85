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
constexpr std::uint64_t kQuickFlows = 1'000'000;  // what a quick run has of every mode

void run_cell(Bench& bench, const WorldSpec& spec, std::uint64_t flows) {
  const Options& options = bench.options();
  const std::uint64_t packets = options.packets;
  Established cell(spec, flows, bench.pool());
  std::vector<Case> cases = {cell.empty_loop_case("to_dest", packets), cell.hash_case(packets),
                             cell.minimal_case(packets)};
  // Frames that come from the dests are of another family then.
  if (spec.crosses) cases.push_back(cell.empty_loop_case("to_client", packets));
  const std::size_t floors = cases.size();
  for (const std::string& direction : directions_of(spec)) {
    if (wanted(options.directions, direction)) cases.push_back(cell.direction(direction, packets));
  }
  std::vector<Figure> figures = measure_together("matrix", cases, options.rounds);
  for (std::size_t i = floors; i < figures.size(); ++i) {
    const bool other_family = spec.crosses && figures[i].name.ends_with(" to_client");
    add_ratio(figures[i], "empty loop", figures[other_family ? 3 : 0]);
    add_ratio(figures[i], "rte_hash", figures[1]);
  }
  bench.add(std::move(figures));
}

/// Whatever the command line names is in. Else full NAT shows what protocols and flows cost, and the others
/// with one of them what the modes do.
bool left_out_of_quick(const Options& options, const WorldSpec& spec, std::uint64_t flows) {
  if (options.flows.empty() && flows > kQuickFlows) return true;
  if (shows_protocols(spec) || !options.modes.empty()) return false;
  return (options.protocols.empty() && spec.protocol == L4Proto::udp) ||
         (options.flows.empty() && flows != kQuickFlows);
}

void run_mode(Bench& bench, WorldSpec spec) {
  const Options& options = bench.options();
  for (const L4Proto protocol : {L4Proto::udp, L4Proto::tcp}) {
    if (!wanted(options.protocols, name_of(protocol))) continue;
    spec.protocol = protocol;
    for (const std::uint64_t flows : kFlows) {
      if (!wanted(options.flows, flows)) continue;
      if (options.quick && left_out_of_quick(options, spec, flows)) continue;
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
