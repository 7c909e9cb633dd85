// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// New connections, with as many ending at the same time, beside an established packet among as many flows.

#include <memory>

#include "tests/bench/bench.h"
#include "tests/bench/churn.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kHeld = 1'000'000;

/// A life of eight packets is worth a figure as a whole.
Figure per_connection(Figure figure, unsigned packets) {
  figure.name += ", whole";
  figure.unit = "ns/connection";
  figure.ratios.clear();
  for (double& value : figure.values) value *= packets;
  return figure;
}

void run_family(Bench& bench, Family family) {
  WorldSpec spec;
  spec.family = family;
  spec.protocol = L4Proto::tcp;
  const std::uint64_t packets = bench.options().packets;
  Established tcp(spec, kHeld, bench.pool());
  Churn syn(spec, Life::syn, kHeld, bench.pool());
  Churn life(spec, Life::tcp, kHeld, bench.pool());
  spec.protocol = L4Proto::udp;
  Established udp(spec, kHeld, bench.pool());
  Churn datagram(spec, Life::udp, kHeld, bench.pool());
  for (Churn* churn : {&syn, &life, &datagram}) churn->settle();

  std::vector<Figure> figures =
      measure_together("new",
                       {tcp.direction("both", packets), udp.direction("both", packets), syn.measured(),
                        life.measured(), datagram.measured()},
                       bench.options().rounds);
  figures.insert(figures.begin() + 4, per_connection(figures[3], Churn::packets_of(Life::tcp)));
  for (std::size_t i : {2, 3, 4}) add_ratio(figures[i], "established", figures[0]);
  add_ratio(figures[5], "established", figures[1]);
  bench.add(std::move(figures));
}

}  // namespace

void run_new_connections(Bench& bench) {
  bench.begin_table("new connections, as many ending meanwhile", {"established"});
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (wanted(bench.options().families, text_of(family))) run_family(bench, family);
  }
}

}  // namespace hvs::bench
