// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// What the core is held to, as ratios (docs/performance.md): everything that is compared is measured in turn.

#include <memory>

#include "tests/bench/bench.h"
#include "tests/bench/churn.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kMany = 1'000'000;
constexpr std::uint32_t kMost = 10'000'000;

std::vector<double> ratio(const Figure& a, const Figure& b, double factor = 1) {
  std::vector<double> out;
  for (std::size_t i = 0; i < a.values.size(); ++i) out.push_back(factor * a.values[i] / b.values[i]);
  return out;
}

/// The cases that targets are made of, and who holds their worlds.
struct Field {
  explicit Field(Bench& bench)
      : one(spec(Family::ipv4, L4Proto::tcp), 1, bench.pool()),
        v4(spec(Family::ipv4, L4Proto::tcp), kMany, bench.pool()),
        v6(spec(Family::ipv6, L4Proto::tcp), kMany, bench.pool()),
        udp(spec(Family::ipv4, L4Proto::udp), kMany, bench.pool()),
        life(spec(Family::ipv4, L4Proto::tcp), Life::tcp, kMany, bench.pool()),
        datagram(spec(Family::ipv4, L4Proto::udp), Life::udp, kMany, bench.pool()) {
    if (!bench.options().quick)
      most = std::make_unique<Established>(spec(Family::ipv4, L4Proto::tcp), kMost, bench.pool());
    life.settle();
    datagram.settle();
  }
  static WorldSpec spec(Family family, L4Proto protocol) {
    WorldSpec spec;
    spec.family = family;
    spec.protocol = protocol;
    return spec;
  }
  Established one;
  Established v4;
  Established v6;
  Established udp;
  Churn life;
  Churn datagram;
  std::unique_ptr<Established> most;
};

}  // namespace

void run_targets(Bench& bench) {
  bench.begin_table("what the targets are made of");
  Field field(bench);
  const std::uint64_t packets = bench.options().packets;
  std::vector<Case> cases = {field.one.empty_loop_case(packets),
                             field.v4.hash_case(packets),
                             field.v6.hash_case(packets),
                             field.one.direction("both", packets),
                             field.v4.direction("both", packets),
                             field.v6.direction("both", packets),
                             field.udp.direction("both", packets),
                             field.life.measured(),
                             field.datagram.measured()};
  if (field.most) cases.push_back(field.most->direction("both", packets));
  const std::vector<Figure> f = measure_together("targets", cases, bench.options().rounds);
  enum { empty, hash_v4, hash_v6, one, v4, v6, udp, life, datagram, most };
  bench.add(f);
  bench.add(
      {"established tcp v4, 1 M flows / rte_hash + record", true, 2.5, "times", ratio(f[v4], f[hash_v4])});
  bench.add(
      {"established tcp v6, 1 M flows / rte_hash + record", true, 2.5, "times", ratio(f[v6], f[hash_v6])});
  bench.add(
      {"established udp v4, 1 M flows / rte_hash + record", true, 2.5, "times", ratio(f[udp], f[hash_v4])});
  bench.add({"one flow / empty loop", true, 5, "times", ratio(f[one], f[empty])});
  if (field.most) bench.add({"10 M flows / 1 M flows", true, 1.6, "times", ratio(f[most], f[v4])});
  bench.add({"IPv6 / IPv4, 1 M flows", true, 1.25, "times", ratio(f[v6], f[v4])});
  bench.add({"8-packet TCP life / established packet, 1 M flows", true, 10, "times",
             ratio(f[life], f[v4], Churn::packets_of(Life::tcp))});
  bench.add({"UDP new flow / established packet, 1 M flows", true, 4, "times", ratio(f[datagram], f[udp])});
}

}  // namespace hvs::bench
