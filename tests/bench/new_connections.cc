// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// New connections, with as many ending at the same time, beside an established packet among as many flows.

#include <memory>
#include <utility>
#include <vector>

#include "tests/bench/bench.h"
#include "tests/bench/churn.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

struct Kind {
  Life life;
  const char* name;  // on the command line
  double bound;      // of a whole life, in established packets; 0: none
  bool by_every_mode;
  bool quick;
};
constexpr Kind kKinds[] = {{Life::syn, "syn", 0, false, true},
                           {Life::tcp, "tcp", 10, true, true},
                           {Life::tcp_mixed, "tcp-mixed", 10, false, true},
                           {Life::tcp_wide, "tcp-wide", 10, false, false},
                           {Life::udp, "udp", 4, true, true}};

bool asked(const Options& options, const WorldSpec& spec, const Kind& kind) {
  if (!options.lives.empty()) return wanted(options.lives, kind.name);
  return (kind.by_every_mode || spec.mode == ForwardingMode::fullnat) && (kind.quick || !options.quick);
}

/// A life of eight packets is worth a figure as a whole.
Figure per_connection(Figure figure, unsigned packets) {
  figure.name += ", whole";
  figure.unit = "ns/connection";
  for (double& value : figure.values) value *= packets;
  return figure;
}

void run_lives(Bench& bench, WorldSpec spec) {
  const Options& options = bench.options();
  std::vector<std::unique_ptr<Established>> established;
  std::vector<Case> cases;
  for (const L4Proto protocol : {L4Proto::tcp, L4Proto::udp}) {
    if (!options.lives.empty()) break;
    spec.protocol = protocol;
    established.push_back(std::make_unique<Established>(spec, options.held, bench.pool()));
    cases.push_back(established.back()->direction(directions_of(spec).back(), options.packets));
  }
  std::vector<std::pair<Kind, std::unique_ptr<Churn>>> churns;
  for (const Kind& kind : kKinds) {
    if (!asked(options, spec, kind)) continue;
    auto world = world_for(spec, kind.life, options.held, bench.pool());
    churns.emplace_back(kind, std::make_unique<Churn>(std::move(world), kind.life, options.held));
    churns.back().second->settle();
    cases.push_back(churns.back().second->measured());
  }

  const std::vector<Figure> measured = measure_together("new", cases, options.rounds);
  bench.add({measured.begin(), measured.end() - static_cast<std::ptrdiff_t>(churns.size())});
  for (std::size_t i = 0; i < churns.size(); ++i) {
    const auto& [kind, churn] = churns[i];
    std::vector<Figure> figures = {measured[established.size() + i]};
    if (churn->packets() > 1) figures.push_back(per_connection(figures[0], churn->packets()));
    if (!established.empty()) {
      for (Figure& figure : figures)
        add_ratio(figure, "established", measured[kind.life == Life::udp ? 1 : 0]);
      if (kind.bound != 0) {
        bench.add({figures.front().name + " / established packet", true, kind.bound, "times",
                   figures.back().ratios.front().values});
      }
    }
    bench.add(figures);
  }
}

}  // namespace

void run_new_connections(Bench& bench) {
  const Options& options = bench.options();
  bench.begin_table("new connections, as many ending meanwhile", {"established"});
  for (WorldSpec spec : every_mode()) {
    if (spec.crosses || !wanted(options.modes, mode_of(spec))) continue;
    if (options.modes.empty() && spec.mode != ForwardingMode::fullnat &&
        (options.quick || !options.lives.empty()))
      continue;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      spec.family = family;
      if (wanted(options.families, text_of(family))) run_lives(bench, spec);
    }
  }
}

}  // namespace hvs::bench
