// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// Established connections: mode x family x protocol x flows x direction, each beside the floors, measured in
// turn.

#include <string_view>
#include <vector>

#include "dataplane/conn/connection.h"
#include "tests/bench/bench.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

// A mode joins the matrix with a line here.
constexpr ForwardingMode kModes[] = {ForwardingMode::fullnat, ForwardingMode::nat, ForwardingMode::dr,
                                     ForwardingMode::tunnel, ForwardingMode::snat};
constexpr std::uint64_t kFlows[] = {1, 10'000, 100'000, 1'000'000, 10'000'000};

void run_cell(Bench& bench, const WorldSpec& spec, std::uint64_t flows) {
  const Options& options = bench.options();
  const std::uint64_t packets = options.packets;
  Established cell(spec, flows, bench.pool());
  std::vector<Case> cases = {cell.empty_loop_case(packets), cell.hash_case(packets),
                             cell.minimal_case(packets)};
  const std::size_t floors = cases.size();
  for (const char* direction : {"to_dest", "to_client", "both"}) {
    if (!sees_replies(spec.mode) && std::string_view(direction) != "to_dest") continue;
    if (spec.crosses && std::string_view(direction) == "both") continue;  // a port makes frames of one family
    if (wanted(options.directions, direction)) cases.push_back(cell.direction(direction, packets));
  }
  std::vector<Figure> figures = measure_together("matrix", cases, options.rounds);
  for (std::size_t i = floors; i < figures.size(); ++i) {
    add_ratio(figures[i], "empty loop", figures[0]);
    add_ratio(figures[i], "rte_hash", figures[1]);
  }
  bench.add(std::move(figures));
}

void add_families(std::vector<WorldSpec>& specs, WorldSpec spec) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    spec.family = family;
    specs.push_back(spec);
  }
}

/// Full NAT shows what the protocols cost, and the others with one of them what the modes do.
bool left_out_of_quick(const Options& options, const WorldSpec& spec, L4Proto protocol) {
  return options.modes.empty() && options.protocols.empty() && protocol == L4Proto::udp &&
         (spec.mode != ForwardingMode::fullnat || spec.crosses);
}

}  // namespace

void run_matrix(Bench& bench) {
  const Options& options = bench.options();
  bench.begin_table("established connections", {"empty loop", "rte_hash"});
  std::vector<WorldSpec> specs;
  for (const ForwardingMode mode : kModes) add_families(specs, {.mode = mode});
  add_families(specs, {.mode = ForwardingMode::fullnat, .crosses = true});  // nat46 and nat64
  for (WorldSpec spec : specs) {
    if (!wanted(options.modes, mode_of(spec)) || !wanted(options.families, text_of(spec.family))) continue;
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
}

}  // namespace hvs::bench
