// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// What established packets are held to, as ratios (docs/performance.md): the same for every mode. What is
// compared is measured in turn, which the cells of the matrix are not.

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/bench.h"
#include "tests/bench/established.h"

namespace hvs::bench {

namespace {

constexpr std::uint64_t kMany = 1'000'000;
constexpr std::uint64_t kMost = 10'000'000;

/// Both directions in turn where a mode can, else each that it has.
std::vector<std::string> asked_directions(const WorldSpec& spec) {
  std::vector<std::string> directions = directions_of(spec);
  if (directions.back() == "both") return {"both"};
  return directions;
}

/// A mode and protocol with clients of one family, and where its figures are among all.
class Side {
 public:
  Side(const Options& options, const WorldSpec& spec, rte_mempool* pool)
      : options_(options), spec_(spec), one_(spec, 1, pool), many_(spec, kMany, pool) {
    if (!options.quick) most_ = std::make_unique<Established>(spec, kMost, pool);
  }

  void add_cases(std::vector<Case>& cases) {
    const std::uint64_t packets = options_.packets;
    hash_ = cases.size();
    cases.push_back(many_.hash_case(packets));
    for (const std::string& direction : asked_directions(spec_)) {
      cases.push_back(one_.empty_loop_case(direction, packets));
      cases.push_back(one_.direction(direction, packets));
      cases.push_back(many_.direction(direction, packets));
      if (most_) cases.push_back(most_->direction(direction, packets));
    }
  }
  void ask(Bench& bench, const std::vector<Figure>& f) const {
    std::size_t at = hash_ + 1;
    for (const std::string& direction : asked_directions(spec_)) {
      const std::string what = text_of(spec_) + (direction == "both" ? "" : ' ' + direction);
      const Figure& empty = f[at++];
      const Figure& one = f[at++];
      const Figure& many = f[at++];
      bench.add({what + ", one flow / empty loop", true, 5, "times", ratio_of(one, empty)});
      bench.add({what + ", 1 M flows / rte_hash + record", true, 2.5, "times", ratio_of(many, f[hash_])});
      if (most_) bench.add({what + ", 10 M flows / 1 M flows", true, 1.6, "times", ratio_of(f[at++], many)});
    }
  }
  /// Its 1 M flows, in the first direction that is asked.
  [[nodiscard]] const Figure& many(const std::vector<Figure>& f) const { return f[hash_ + 3]; }
  [[nodiscard]] const WorldSpec& spec() const { return spec_; }

 private:
  const Options& options_;
  WorldSpec spec_;
  Established one_;
  Established many_;
  std::unique_ptr<Established> most_;
  // Then of each direction: empty loop, one flow, 1 M flows, and 10 M unless it is quick.
  std::size_t hash_ = 0;
};

/// A mode with one protocol.
void run_mode(Bench& bench, WorldSpec spec) {
  const Options& options = bench.options();
  std::vector<std::unique_ptr<Side>> sides;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    spec.family = family;
    if (wanted(options.families, text_of(family)) && wanted(options.modes, mode_of(spec)))
      sides.push_back(std::make_unique<Side>(options, spec, bench.pool()));
  }
  if (sides.empty()) return;
  std::vector<Case> cases;
  for (const auto& side : sides) side->add_cases(cases);
  const std::vector<Figure> figures = measure_together("targets", cases, options.rounds);
  bench.add(figures);
  for (const auto& side : sides) side->ask(bench, figures);
  // Of those that cross, each direction has frames of another family.
  if (sides.size() == 2 && !spec.crosses) {
    bench.add({text_of(sides[1]->spec()) + " / " + text_of(sides[0]->spec()) + ", 1 M flows", true, 1.25,
               "times", ratio_of(sides[1]->many(figures), sides[0]->many(figures))});
  }
}

}  // namespace

void run_targets(Bench& bench) {
  bench.begin_table("what the targets are made of");
  for (WorldSpec spec : every_mode()) {
    for (const L4Proto protocol : {L4Proto::tcp, L4Proto::udp}) {
      if (!wanted(bench.options().protocols, name_of(protocol))) continue;
      if (protocol == L4Proto::udp && !shows_protocols(spec)) continue;
      spec.protocol = protocol;
      run_mode(bench, spec);
    }
  }
}

}  // namespace hvs::bench
