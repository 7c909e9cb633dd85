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

constexpr std::pair<Life, const char*> kLives[] = {
    {Life::syn, "syn"}, {Life::tcp, "tcp"}, {Life::udp, "udp"}};

/// A life of eight packets is worth a figure as a whole.
Figure per_connection(Figure figure, unsigned packets) {
  figure.name += ", whole";
  figure.unit = "ns/connection";
  for (double& value : figure.values) value *= packets;
  return figure;
}

void run_family(Bench& bench, Family family) {
  const Options& options = bench.options();
  WorldSpec spec;
  spec.family = family;
  std::vector<std::unique_ptr<Established>> established;
  std::vector<std::pair<Life, std::unique_ptr<Churn>>> churns;
  std::vector<Case> cases;
  for (const L4Proto protocol : {L4Proto::tcp, L4Proto::udp}) {
    if (!options.lives.empty()) break;
    spec.protocol = protocol;
    established.push_back(std::make_unique<Established>(spec, options.held, bench.pool()));
    cases.push_back(established.back()->direction("both", options.packets));
  }
  for (const auto& [life, name] : kLives) {
    if (!wanted(options.lives, name)) continue;
    churns.emplace_back(life, std::make_unique<Churn>(spec, life, options.held, bench.pool()));
    churns.back().second->settle();
    cases.push_back(churns.back().second->measured());
  }

  const std::vector<Figure> measured = measure_together("new", cases, options.rounds);
  const auto first_life = measured.begin() + static_cast<std::ptrdiff_t>(established.size());
  std::vector<Figure> figures(measured.begin(), first_life);
  constexpr std::pair<Life, double> kBounds[] = {{Life::tcp, 10}, {Life::udp, 4}};
  for (std::size_t i = 0; i < churns.size(); ++i) {
    const Life life = churns[i].first;
    std::vector<Figure> of_life = {first_life[static_cast<std::ptrdiff_t>(i)]};
    if (life == Life::tcp) of_life.push_back(per_connection(of_life[0], Churn::packets_of(life)));
    for (Figure& figure : of_life) {
      if (!established.empty()) add_ratio(figure, "established", measured[life == Life::udp ? 1 : 0]);
      figures.push_back(std::move(figure));
    }
    for (const auto& [bounded, bound] : kBounds) {
      if (life != bounded || established.empty()) continue;
      const Figure& whole = figures.back();
      bench.add({whole.name + " / established packet", true, bound, "times", whole.ratios.front().values});
    }
  }
  bench.add(figures);
}

}  // namespace

void run_new_connections(Bench& bench) {
  bench.begin_table("new connections, as many ending meanwhile", {"established"});
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (wanted(bench.options().families, text_of(family))) run_family(bench, family);
  }
}

}  // namespace hvs::bench
