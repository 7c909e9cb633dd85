// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// How long single turns of a worker take: each with a burst, its housekeeping included. The clock of the
// worker is the real one here. Another process may take the CPU in the middle of a turn; the wall clock then
// shows a turn that nobody's code made long. So each turn is measured twice: by the wall clock, and by the
// CPU time of the thread, to which interrupts count but not other processes. Loops without any of our code
// are measured in the same way: one that reads the clock, and one that touches as much memory as turns do,
// alone and while the other CPU compiles. What these meet, the machine does to everybody.

#include <rte_cycles.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/check.h"
#include "dataplane/conn/arena.h"
#include "dataplane/frame.h"
#include "tests/bench/bench.h"
#include "tests/bench/histogram.h"
#include "tests/bench/threads.h"
#include "tests/bench/turn_watch.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

constexpr std::uint32_t kLive = 1'000'000;    // established, with traffic
constexpr std::uint32_t kEnding = 1'000'000;  // opened in one millisecond, silent since
constexpr double kLongest = 200;              // us
constexpr double kGiveUpMs = 60'000;

/// What another CPU does meanwhile.
enum class Beside : std::uint8_t { nothing, compiles, reloads };

/// Publishes one configuration after the other on another CPU until the end, or only compiles them.
class Reloader {
 public:
  Reloader(World& world, unsigned cpu, Beside what)
      : thread_([this, &world, cpu, what] { run(world, cpu, what); }) {}
  ~Reloader() { thread_.join(); }
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;
  void stop() { stop_ = true; }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] unsigned reloads() const { return reloads_; }

 private:
  void run(World& world, unsigned cpu, Beside what) {
    run_on(cpu);
    while (!stop_ || !world.whole()) {  // the next round has flows of every service
      what == Beside::reloads ? world.reload() : world.compile();
      ++reloads_;
    }
    over_ = true;
  }
  std::atomic<bool> stop_{false};
  std::atomic<bool> over_{false};
  std::atomic<unsigned> reloads_{0};
  std::thread thread_;
};

/// What is measured again and again.
enum class Each : std::uint8_t { clock, loads, turn };

struct Scenario {
  const char* name;
  Each each;
  bool expiry;
  Beside beside;
  bool bound;  // the others say what the machine itself does
};
constexpr Scenario kServices[] = {{"the clock alone", Each::clock, false, Beside::nothing, false},
                                  {"loads alone", Each::loads, false, Beside::nothing, false},
                                  {"loads, a busy CPU beside", Each::loads, false, Beside::compiles, false},
                                  {"traffic alone", Each::turn, false, Beside::nothing, false},
                                  {"1 M connections end", Each::turn, true, Beside::nothing, true},
                                  {"reloads", Each::turn, false, Beside::reloads, true},
                                  {"both at once", Each::turn, true, Beside::reloads, true}};
constexpr Scenario kMaglev[] = {{"maglev table", Each::turn, false, Beside::reloads, true}};
constexpr Scenario kFirst = {"first 1 M connections", Each::turn, false, Beside::nothing, false};
constexpr Scenario kFirstAlone = {"the same, pages not brought", Each::turn, false, Beside::nothing, false};

/// What a scenario's rounds gave, a value for each.
struct Outcome {
  std::vector<double> p50, p99, p999, longest_wall, longest_cpu, preempted, stolen, faults, ended_ms, reloads;
  std::vector<double> long_wall, long_rate, long_busy, longest_busy, long_preempted, long_faults, long_waits,
      long_cpu, long_undisturbed;
  TurnTimes times;  // of all rounds

  void add(const TurnWatch& watch);
};

void Outcome::add(const TurnWatch& watch) {
  p50.push_back(watch.wall().percentile(0.5));
  p99.push_back(watch.wall().percentile(0.99));
  p999.push_back(watch.wall().percentile(0.999));
  longest_wall.push_back(watch.wall().longest());
  longest_cpu.push_back(watch.cpu().longest());
  faults.push_back(static_cast<double>(watch.faults()));
  const TurnWatch::Long& longs = watch.longs();
  long_wall.push_back(static_cast<double>(longs.turns));
  long_rate.push_back(static_cast<double>(longs.turns) / watch.seconds());
  long_preempted.push_back(static_cast<double>(longs.preempted));
  long_faults.push_back(static_cast<double>(longs.faults));
  long_waits.push_back(static_cast<double>(longs.waits));
  long_cpu.push_back(static_cast<double>(longs.cpu));
  long_undisturbed.push_back(static_cast<double>(longs.undisturbed));
  long_busy.push_back(static_cast<double>(longs.busy));
  longest_busy.push_back(watch.busy().longest());
  times.wall.add(watch.wall());
  times.cpu.add(watch.cpu());
}

WorldSpec spec_of_services() {
  WorldSpec spec;
  spec.protocol = L4Proto::tcp;
  spec.services = 1000;
  spec.dests = 10;
  spec.connections = kLive + kEnding;
  spec.timeouts.tcp_syn_sent = std::chrono::seconds(5);
  return spec;
}

WorldSpec spec_of_maglev() {
  WorldSpec spec;
  spec.protocol = L4Proto::tcp;
  spec.scheduler = SchedulerKind::mh;  // its table has 65,537 slots
  spec.dests = 1000;
  spec.connections = kLive;
  return spec;
}

/// As much time as a turn takes, with nothing in it that could take longer.
void watch_clock() {
  const std::uint64_t begin = rte_rdtsc();
  while (rte_rdtsc() - begin < rte_get_tsc_hz() / 500'000) rte_pause();
}

/// Memory as a worker's tables have it, of which as many cache lines are written as a turn touches: of each
/// frame one where its entry would be and one where its connection would be.
class Loads {
 public:
  Loads() : memory_(kLines * sizeof(Line)) {
    for (std::size_t i = 0; i < kLines; ++i) memory_.as<Line>()[i].value = i;
  }
  void turn() {
    std::array<Line*, std::size_t{2} * kBurstFrames> lines;
    for (Line*& line : lines) {
      random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
      line = &memory_.as<Line>()[(random_ >> 32) % kLines];
      __builtin_prefetch(line, 1);
    }
    for (Line* line : lines) ++line->value;
  }

 private:
  struct alignas(64) Line {
    std::uint64_t value;
  };
  static constexpr std::size_t kLines = std::size_t{2} * (kLive + kEnding);
  Arena memory_;
  std::uint64_t random_ = 1;
};

class Traffic {
 public:
  Traffic(Bench& bench, const WorldSpec& spec)
      : bench_(bench), world_(spec, bench.pool()), live_(world_.client_flows(kLive)) {
    world_.establish(live_);
    live_.shuffle(kLive);
  }

  void round(const Scenario& scenario, Outcome& out);

 private:
  /// Opens them all in one millisecond, and lets the time pass until just before the end of it.
  void open_ending() {
    const FlowList ending = world_.client_flows(kEnding, kLive);
    Stream stream{&ending, TcpHdr::kSyn};
    world_.forward(kEnding, stream);
    world_.idle(4999);
    HVS_CHECK(connections() == kLive + kEnding);
  }
  /// What turns have done besides forwarding: connections ended, and configurations begun.
  std::uint64_t done_besides() {
    const WorkerCounters& counters = world_.worker().tables().counters();
    return counters.connections_expired.get() + counters.snapshots_seen.get();
  }
  std::uint32_t connections() { return world_.worker().tables().connections(); }
  void step(Each each, std::uint32_t now_ms);
  template <typename Until>
  void run(TurnWatch& watch, Each each, Until&& over);

  Bench& bench_;
  World world_;
  Loads loads_;
  FlowList live_;
  Stream in_{&live_, kEstablished, 0};
};

void Traffic::step(Each each, std::uint32_t now_ms) {
  switch (each) {
    case Each::clock: return watch_clock();
    case Each::loads: return loads_.turn();
    case Each::turn: (void)world_.turn(now_ms);
  }
}

/// Turns with the real clock and bursts of the live connections until `over(ms since the start)`.
template <typename Until>
void Traffic::run(TurnWatch& watch, Each each, Until&& over) {
  const QueueId queue{0};
  world_.port().feed(queue, ~std::uint64_t{0}, in_);
  const std::uint32_t start_ms = world_.now_ms();
  const double start = wall_ns();
  for (;;) {
    const double ms = (wall_ns() - start) / 1e6;
    if (over(ms)) break;
    const std::uint64_t done = done_besides();
    watch.begin();
    step(each, start_ms + static_cast<std::uint32_t>(ms));
    watch.end(done_besides() != done);
  }
  world_.port().feed(queue, 0, in_);
}

void Traffic::round(const Scenario& scenario, Outcome& out) {
  if (scenario.expiry) open_ending();
  const unsigned cpu = bench_.options().cpu;
  std::unique_ptr<Reloader> reloader;
  if (scenario.beside != Beside::nothing)
    reloader = std::make_unique<Reloader>(world_, other_cpu(cpu), scenario.beside);
  TurnWatch watch;
  const double least_ms = bench_.options().quick ? 1000 : 2000;
  double ended_ms = 0;
  const long preempted = preemptions();
  const double stolen = stolen_ms(cpu);
  run(watch, scenario.each, [&](double ms) {
    if (connections() == kLive && ended_ms == 0) ended_ms = ms;
    HVS_CHECK(ms < kGiveUpMs);
    return ms >= least_ms && ended_ms != 0;
  });
  out.preempted.push_back(static_cast<double>(preemptions() - preempted));
  out.stolen.push_back(stolen_ms(cpu) - stolen);
  if (reloader) {
    reloader->stop();
    while (!reloader->over()) world_.turn(world_.now_ms());  // it waits for the worker
    out.reloads.push_back(reloader->reloads());
  }
  if (scenario.expiry) out.ended_ms.push_back(ended_ms);
  out.add(watch);
}

/// `without_ns`: the longest of the loops without HVS.
void report(Bench& bench, const Scenario& scenario, Outcome& out, double without_ns) {
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
  add("over 100 us, wall clock", "turns", out.long_wall);
  add("over 100 us, wall clock, a second", "turns", out.long_rate);
  add("of these, preempted", "turns", out.long_preempted);
  add("of these, page faults", "turns", out.long_faults);
  add("of these, slept", "turns", out.long_waits);
  add("of these, as much CPU time", "turns", out.long_cpu);
  add("as much, and not preempted", "turns", out.long_undisturbed);
  if (scenario.bound) {
    add("of these, ended connections or began a configuration", "turns", out.long_busy);
    add("longest of those that did, CPU time", "ns/turn", out.longest_busy);
  }
  add("CPU taken away", "times", out.preempted);
  add("CPU given to other guests", "ms", out.stolen);
  add("page faults", "faults", out.faults);
  add("until all had ended", "ms", out.ended_ms);
  add("reloads", "reloads", out.reloads);
  bench.add(figures);
  out.times.name = scenario.name;
  bench.add(out.times);
  if (!scenario.bound) return;
  const auto target = [&](const char* what, double ns) {
    bench.add({std::string(what) + scenario.name, true, kLongest, "us", {ns / 1000}, without_ns / 1000});
  };
  // Of all rounds. The second one is of the turns that expiry and reloads could have made long, the first one
  // is of all, whatever happened to them.
  target("longest turn: ", most(out.longest_cpu));
  target("longest that ended or began something: ", most(out.longest_busy));
}

/// `without_ns`: the longest turn of the loops without HVS so far; those of these scenarios are added.
void run_scenarios(Bench& bench, const WorldSpec& spec, std::span<const Scenario> scenarios,
                   double& without_ns) {
  Traffic traffic(bench, spec);
  const unsigned rounds = std::min(bench.options().rounds, bench.options().quick ? 3U : 5U);
  std::vector<Outcome> outcomes(scenarios.size());
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) traffic.round(scenarios[i], outcomes[i]);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (scenarios[i].each == Each::turn) continue;
    without_ns = std::max(without_ns, most(outcomes[i].longest_cpu));
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) report(bench, scenarios[i], outcomes[i], without_ns);
}

/// What the control thread does every few milliseconds for a worker's memory (daemon/housekeeping.cc).
class PageBringer {
 public:
  PageBringer(World& world, unsigned cpu)
      : thread_([this, &tables = world.worker().tables(), cpu] {
          run_on(cpu);
          while (!stop_) {
            if (tables.bring_pages(true, false)) continue;
            ready_ = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
        }) {
    while (!ready_) std::this_thread::yield();
  }
  ~PageBringer() {
    stop_ = true;
    thread_.join();
  }
  PageBringer(const PageBringer&) = delete;
  PageBringer& operator=(const PageBringer&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::atomic<bool> ready_{false};
  std::thread thread_;
};

/// Connections of tables that nobody has touched yet: pages that nobody brings come while they are opened.
void run_first(Bench& bench, const WorldSpec& spec, const Scenario& scenario, bool bring) {
  Outcome out;
  for (unsigned round = 0; round < (bench.options().quick ? 1 : 3); ++round) {
    World world(spec, bench.pool());
    const FlowList flows = world.client_flows(kLive);
    std::optional<PageBringer> bringer;
    if (bring) bringer.emplace(world, other_cpu(bench.options().cpu));
    Stream open{&flows, TcpHdr::kSyn};
    world.port().feed(QueueId{0}, kLive, open);
    TurnWatch watch;
    for (bool more = true; more;) {
      watch.begin();
      more = world.turn(world.now_ms());
      watch.end(true);
    }
    HVS_CHECK(world.worker().tables().connections() == kLive);
    out.add(watch);
  }
  report(bench, scenario, out, 0);
}

}  // namespace

void run_latency(Bench& bench) {
  bench.begin_table("duration of a turn");
  double without_ns = 0;
  run_scenarios(bench, spec_of_services(), kServices, without_ns);
  run_scenarios(bench, spec_of_maglev(), kMaglev, without_ns);
  run_first(bench, spec_of_maglev(), kFirst, true);
  run_first(bench, spec_of_maglev(), kFirstAlone, false);
}

}  // namespace hvs::bench
