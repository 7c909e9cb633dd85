// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// How long single turns of a worker take: each with a burst, its housekeeping included. The clock of the
// worker is the real one here. Another process may take the CPU in the middle of a turn; the wall clock then
// shows a turn that nobody's code made long. So each turn is measured twice: by the wall clock, and by the
// CPU time of the thread, to which interrupts count but not other processes.

#include <rte_cycles.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "base/check.h"
#include "tests/bench/bench.h"
#include "tests/bench/histogram.h"
#include "tests/bench/threads.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kLive = 1'000'000;    // established, with traffic
constexpr std::uint32_t kEnding = 1'000'000;  // opened in one millisecond, silent since
constexpr double kLongest = 200;              // us
constexpr double kGiveUpMs = 60'000;

/// Publishes one configuration after the other on another CPU until the end.
class Reloader {
 public:
  Reloader(World& world, unsigned cpu) : thread_([this, &world, cpu] { run(world, cpu); }) {}
  ~Reloader() { thread_.join(); }
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;
  void stop() { stop_ = true; }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] unsigned reloads() const { return reloads_; }

 private:
  void run(World& world, unsigned cpu) {
    run_on(cpu);
    while (!stop_) {
      world.reload();
      ++reloads_;
    }
    over_ = true;
  }
  std::atomic<bool> stop_{false};
  std::atomic<bool> over_{false};
  std::atomic<unsigned> reloads_{0};
  std::thread thread_;
};

struct Scenario {
  const char* name;
  bool expiry;
  bool reload;
};
constexpr Scenario kScenarios[] = {{"traffic alone", false, false},
                                   {"1 M connections end", true, false},
                                   {"reloads", false, true},
                                   {"both at once", true, true}};

/// What a scenario's rounds gave, a value for each.
struct Outcome {
  std::vector<double> p50, p99, p999, longest_wall, longest_cpu, preempted, ended_ms, reloads;
};

class Traffic {
 public:
  explicit Traffic(Bench& bench)
      : bench_(bench), world_(spec(), bench.pool()), live_(world_.client_flows(kLive)) {
    world_.establish(live_);
    live_.shuffle(kLive);
  }

  void round(const Scenario& scenario, Outcome& out);

 private:
  static WorldSpec spec() {
    WorldSpec spec;
    spec.protocol = L4Proto::tcp;
    spec.services = 1000;
    spec.dests = 10;
    spec.connections = kLive + kEnding;
    spec.timeouts.tcp_syn_sent = std::chrono::seconds(5);
    return spec;
  }
  /// Opens them all in one millisecond, and lets the time pass until just before the end of it.
  void open_ending() {
    const FlowList ending = world_.client_flows(kEnding, kLive);
    Stream stream{&ending, TcpHdr::kSyn};
    world_.forward(kEnding, stream);
    world_.idle(4999);
    HVS_CHECK(connections() == kLive + kEnding);
  }
  std::uint32_t connections() { return world_.worker().tables().connections(); }
  template <typename Until>
  void run(Histogram& wall, Histogram& cpu, Until&& over);

  Bench& bench_;
  World world_;
  FlowList live_;
  Stream in_{&live_, kEstablished, 0};
};

/// Turns with the real clock and bursts of the live connections until `over(ms since the start)`.
template <typename Until>
void Traffic::run(Histogram& wall, Histogram& cpu, Until&& over) {
  const QueueId queue{0};
  world_.port().feed(queue, ~std::uint64_t{0}, in_);
  const std::uint32_t start_ms = world_.now_ms();
  const double ns_per_tick = 1e9 / static_cast<double>(rte_get_tsc_hz());
  const std::uint64_t start = rte_rdtsc();
  double cpu_before = thread_ns();
  for (;;) {
    const std::uint64_t begin = rte_rdtsc();
    const double ms = static_cast<double>(begin - start) * ns_per_tick / 1e6;
    if (over(ms)) break;
    world_.turn(start_ms + static_cast<std::uint32_t>(ms));
    wall.add(static_cast<double>(rte_rdtsc() - begin) * ns_per_tick);
    const double cpu_after = thread_ns();
    cpu.add(cpu_after - cpu_before);
    cpu_before = cpu_after;
  }
  world_.port().feed(queue, 0, in_);
}

void Traffic::round(const Scenario& scenario, Outcome& out) {
  if (scenario.expiry) open_ending();
  std::unique_ptr<Reloader> reloader;
  if (scenario.reload) reloader = std::make_unique<Reloader>(world_, other_cpu(bench_.options().cpu));
  Histogram wall;
  Histogram cpu;
  const double least_ms = bench_.options().quick ? 1000 : 3000;
  double ended_ms = 0;
  const long preempted = preemptions();
  run(wall, cpu, [&](double ms) {
    if (connections() == kLive && ended_ms == 0) ended_ms = ms;
    HVS_CHECK(ms < kGiveUpMs);
    return ms >= least_ms && ended_ms != 0;
  });
  out.preempted.push_back(static_cast<double>(preemptions() - preempted));
  if (reloader) {
    reloader->stop();
    while (!reloader->over()) world_.turn(world_.now_ms());  // it waits for the worker
    out.reloads.push_back(reloader->reloads());
  }
  if (scenario.expiry) out.ended_ms.push_back(ended_ms);
  out.p50.push_back(wall.percentile(0.5));
  out.p99.push_back(wall.percentile(0.99));
  out.p999.push_back(wall.percentile(0.999));
  out.longest_wall.push_back(wall.longest());
  out.longest_cpu.push_back(cpu.longest());
}

void report(Bench& bench, const Scenario& scenario, const Outcome& out) {
  std::vector<Figure> figures;
  const auto add = [&](const char* what, const char* unit, const std::vector<double>& values) {
    if (values.empty()) return;
    figures.push_back({"latency", std::string(scenario.name) + ": " + what,
                       kLive + (scenario.expiry ? kEnding : 0), 0, unit, values});
  };
  add("p50", "ns/turn", out.p50);
  add("p99", "ns/turn", out.p99);
  add("p99.9", "ns/turn", out.p999);
  add("longest, wall clock", "ns/turn", out.longest_wall);
  add("longest, CPU time", "ns/turn", out.longest_cpu);
  add("CPU taken away", "times", out.preempted);
  add("until all had ended", "ms", out.ended_ms);
  add("reloads", "reloads", out.reloads);
  bench.add(figures);
  if (!scenario.expiry && !scenario.reload) return;  // what the machine itself does to a turn
  // One long turn is one too many, so the rounds are one value.
  bench.add(
      {std::string("longest turn: ") + scenario.name, true, kLongest, "us", {most(out.longest_cpu) / 1000}});
}

}  // namespace

void run_latency(Bench& bench) {
  bench.begin_table("duration of a turn, 1,000 services");
  Traffic traffic(bench);
  const unsigned rounds = bench.options().quick ? 1 : 3;
  std::vector<Outcome> outcomes(std::size(kScenarios));
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) traffic.round(kScenarios[i], outcomes[i]);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) report(bench, kScenarios[i], outcomes[i]);
}

}  // namespace hvs::bench
