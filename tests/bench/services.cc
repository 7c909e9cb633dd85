// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// What the number of services costs, an established packet and a new flow. kMaxServices bounds it: 16,383.

#include <memory>

#include "tests/bench/bench.h"
#include "tests/bench/churn.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

constexpr unsigned kServices[] = {1, 100, 1000, 10'000};
static_assert(kServices[3] <= kMaxServices);
constexpr std::size_t kAsked = 1;  // of these, for the target: 100 services
constexpr std::uint32_t kHeld = 1'000'000;

/// A life in at most `bound` packets that are established among as many services.
void run_life(Bench& bench, WorldSpec spec, Life life, double bound) {
  const Options& options = bench.options();
  std::vector<std::unique_ptr<Established>> established;
  std::vector<std::unique_ptr<Churn>> churns;
  std::vector<Case> cases;
  for (const unsigned services : kServices) {
    spec.services = services;
    established.push_back(std::make_unique<Established>(spec, kHeld, bench.pool()));
    churns.push_back(std::make_unique<Churn>(world_for(spec, life, kHeld, bench.pool()), life, kHeld));
    churns.back()->settle();
    cases.push_back(established.back()->direction("both", options.packets));
    cases.push_back(churns.back()->measured());
    for (std::size_t i = cases.size() - 2; i < cases.size(); ++i) {
      cases[i].name += ", " + std::to_string(services) + (services == 1 ? " service" : " services");
    }
  }
  std::vector<Figure> figures = measure_together("services", cases, options.rounds);
  for (std::size_t i = 2; i < figures.size(); ++i) add_ratio(figures[i], "one service", figures[i % 2]);
  const Figure& opened = figures[2 * kAsked + 1];
  std::vector<double> packets = ratio_of(opened, figures[2 * kAsked]);
  for (double& value : packets) value *= churns[kAsked]->packets();
  bench.add({opened.name + " / established packet", true, bound, "times", packets});
  bench.add(figures);
}

}  // namespace

void run_services(Bench& bench) {
  bench.begin_table("services, 16 dests each", {"one service"});
  WorldSpec spec;
  spec.protocol = L4Proto::udp;
  run_life(bench, spec, Life::udp, 4);
  if (bench.options().quick) return;
  spec.family = Family::ipv6;
  run_life(bench, spec, Life::udp, 4);
  spec.family = Family::ipv4;
  spec.protocol = L4Proto::tcp;
  run_life(bench, spec, Life::tcp, 10);
}

}  // namespace hvs::bench
