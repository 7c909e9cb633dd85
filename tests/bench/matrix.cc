// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// Established connections: mode x family x protocol x flows x direction, each beside the floors, measured in
// turn.

#include <algorithm>
#include <string>

#include "tests/bench/bench.h"
#include "tests/bench/floors.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

// A mode joins the matrix with a line here.
constexpr ForwardingMode kModes[] = {ForwardingMode::fullnat};
constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kFlows[] = {1, 10'000, 100'000, 1'000'000, 10'000'000};

template <typename T>
bool wanted(const std::vector<T>& list, const T& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::string text_of(Family family) { return family == Family::ipv4 ? "v4" : "v6"; }

void run_cell(Bench& bench, const WorldSpec& spec, std::uint64_t count) {
  const Options& options = bench.options();
  World world(spec, bench.pool());
  FlowList clients = world.client_flows(count);
  world.establish(clients);
  FlowList replies = world.reply_flows();
  clients.shuffle(kSeed);
  replies.shuffle(~kSeed);
  HashFloor floor(clients);

  Stream in{&clients, kEstablished};
  Stream out{&replies, kEstablished};
  // One cursor each, so that no case runs into what another has just fetched.
  Stream empty = in;
  Stream hash = in;
  Stream minimal = in;
  Stream both_in = in;
  Stream both_out = out;
  const std::uint64_t packets = options.packets;
  std::vector<Case> cases = {
      {"floor: empty loop", count, packets, [&] { empty_loop(world.port(), empty, packets); }},
      {"floor: rte_hash + record", count, packets, [&] { floor.lookup(hash, packets); }},
      {"floor: loop + parse + rte_hash + record", count, packets,
       [&] { floor.forward(world.port(), minimal, packets); }},
  };
  const std::size_t floors = cases.size();
  const std::string flavour = std::string(name_of(spec.mode)) + ' ' + std::string(name_of(spec.protocol)) +
                              ' ' + text_of(spec.family) + ' ';
  const auto add = [&](const std::string& direction, std::function<void()> body) {
    if (wanted(options.directions, direction)) cases.push_back({flavour + direction, count, packets, body});
  };
  add("to_dest", [&] { world.forward(packets, in); });
  add("to_client", [&] { world.forward(packets, out); });
  add("both", [&] { world.forward(packets, both_in, &both_out); });

  std::vector<Figure> figures = measure_together("matrix", cases, options.rounds);
  for (std::size_t i = floors; i < figures.size(); ++i) {
    add_ratio(figures[i], "empty", figures[0]);
    add_ratio(figures[i], "rte_hash", figures[1]);
  }
  for (std::size_t i = 0; i < floors; ++i) figures[i].name += ", " + text_of(spec.family);
  bench.add(std::move(figures));
}

}  // namespace

void run_matrix(Bench& bench) {
  const Options& options = bench.options();
  bench.begin_table("established connections");
  for (const ForwardingMode mode : kModes) {
    if (!wanted(options.modes, std::string(name_of(mode)))) continue;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      if (!wanted(options.families, text_of(family))) continue;
      for (const L4Proto protocol : {L4Proto::udp, L4Proto::tcp}) {
        if (!wanted(options.protocols, std::string(name_of(protocol)))) continue;
        for (const std::uint64_t count : kFlows) {
          if (!wanted(options.flows, count)) continue;
          if (options.quick && options.flows.empty() && count > 1'000'000) continue;
          WorldSpec spec;
          spec.mode = mode;
          spec.family = family;
          spec.protocol = protocol;
          spec.connections = static_cast<std::uint32_t>(std::max<std::uint64_t>(count, 1024));
          run_cell(bench, spec, count);
        }
      }
    }
  }
}

}  // namespace hvs::bench
