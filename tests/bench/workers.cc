// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// One worker and two at the same time, each on a CPU of its own, a million established flows in all. The rate
// is the packets over the CPU time of the worker that took most of it, so that other processes do not count;
// by the wall clock it is shown, too. Caches and memory are shared while both run, and that does count.
//
// The same of workers that open connections: they share each dest's load, which locked instructions count
// once there are two.
//
// Then what it costs when every reply comes to the wrong worker's queue: giver and taker take turns of a few
// bursts, so that neither waits for the other on the clock, but each finds the frames in the other's cache.

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "base/check.h"
#include "tests/bench/bench.h"
#include "tests/bench/churn.h"
#include "tests/bench/threads.h"
#include "tests/bench/world.h"

namespace hvs::bench {

namespace {

constexpr std::uint64_t kFlows = 1'000'000;
constexpr double kScaling = 1.9;

/// A worker's part of the flows.
struct Share {
  Share(World& world, unsigned worker, std::uint64_t flows)
      : clients(world.client_flows(flows, flows * worker)), replies(clients) {
    world.establish(clients, worker);
    replies = world.reply_flows(worker);
    clients.shuffle(flows);
    replies.shuffle(~flows);
  }
  FlowList clients;
  FlowList replies;
  Stream in{&clients, kEstablished, 0};
  Stream out{&replies, kEstablished, 0};
};

WorldSpec spec_of(unsigned workers, std::uint64_t flows) {
  WorldSpec spec;
  spec.protocol = L4Proto::tcp;
  spec.workers = workers;
  spec.connections = static_cast<std::uint32_t>(flows);
  return spec;
}

struct Time {
  double cpu = 0;   // ns
  double wall = 0;  // ns
  /// For each of a worker's packets.
  Time operator/(std::uint64_t packets) const {
    return {cpu / static_cast<double>(packets), wall / static_cast<double>(packets)};
  }
};

/// Each job on a CPU of its own, all at the same time. What each took is added to its place in `taken`.
void run_timed(const std::vector<unsigned>& cpus, const std::vector<std::function<void()>>& jobs,
               std::vector<Time>& taken) {
  std::vector<std::function<void()>> timed;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    timed.emplace_back([&, i] {
      const double cpu_start = thread_ns();
      const double wall_start = wall_ns();
      jobs[i]();
      taken[i].cpu += thread_ns() - cpu_start;
      taken[i].wall += wall_ns() - wall_start;
    });
  }
  run_together(cpus, timed);
}

/// Of the one that took more.
Time slowest(const std::vector<Time>& taken) {
  Time out;
  for (const Time& time : taken) {
    out.cpu = std::max(out.cpu, time.cpu);
    out.wall = std::max(out.wall, time.wall);
  }
  return out;
}

std::vector<unsigned> cpus_of(unsigned workers, const Bench& bench) {
  std::vector<unsigned> cpus;
  for (unsigned w = 0; w < workers; ++w)
    cpus.push_back(w == 0 ? bench.options().cpu : other_cpu(cpus.back()));
  return cpus;
}

/// So many workers, with the flows dealt out to them.
class Crew {
 public:
  Crew(unsigned workers, Bench& bench)
      : world_(spec_of(workers, kFlows / workers), bench.pool()),
        packets_(bench.options().packets),
        cpus_(cpus_of(workers, bench)) {
    for (unsigned w = 0; w < workers; ++w)
      shares_.push_back(std::make_unique<Share>(world_, w, kFlows / workers));
  }

  /// Every worker forwards this many packets.
  Time run() {
    std::vector<std::function<void()>> jobs;
    for (unsigned w = 0; w < shares_.size(); ++w)
      jobs.emplace_back([this, w] { world_.forward(packets_, shares_[w]->in, &shares_[w]->out, w); });
    std::vector<Time> taken(jobs.size());
    run_timed(cpus_, jobs, taken);
    return slowest(taken) / packets_;
  }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }

 private:
  World world_;
  std::uint64_t packets_;
  std::vector<std::unique_ptr<Share>> shares_;
  std::vector<unsigned> cpus_;
};

/// So many workers that open connections at the same time, and as many end, whole TCP lives of them.
class Openers {
 public:
  Openers(unsigned workers, Bench& bench) : cpus_(cpus_of(workers, bench)) {
    const auto held = static_cast<std::uint32_t>(kFlows / workers);
    WorldSpec spec;
    spec.workers = workers;
    const auto world = world_for(spec, Life::tcp, held, bench.pool());
    for (unsigned w = 0; w < workers; ++w) {
      churns_.push_back(std::make_unique<Churn>(world, Life::tcp, held, w));
      churns_.back()->settle();
      cases_.push_back(churns_.back()->measured());
    }
  }
  /// Every worker has this many packets.
  Time run() {
    std::vector<Time> taken(cases_.size());
    std::vector<std::function<void()>> jobs;
    for (const Case& c : cases_) jobs.push_back(c.body);
    for (unsigned call = 0; call < cases_[0].calls; ++call) {
      for (const Case& c : cases_) c.prepare();
      run_timed(cpus_, jobs, taken);
    }
    return slowest(taken) / packets();
  }
  [[nodiscard]] std::uint64_t packets() const { return cases_[0].packets * cases_[0].calls; }

 private:
  std::vector<unsigned> cpus_;
  std::vector<std::unique_ptr<Churn>> churns_;
  std::vector<Case> cases_;
};

/// One worker and two, of either class.
template <typename Workers>
void run_scaling(Bench& bench, const std::string& prefix, const std::string& what) {
  Workers one(1, bench);
  Workers two(2, bench);
  one.run();
  two.run();
  std::vector<double> one_cpu, one_wall, two_cpu, two_wall, by_cpu, by_wall;
  for (unsigned round = 0; round < bench.options().rounds; ++round) {
    const Time a = one.run();
    const Time b = two.run();
    one_cpu.push_back(a.cpu);
    one_wall.push_back(a.wall);
    two_cpu.push_back(b.cpu);
    two_wall.push_back(b.wall);
    by_cpu.push_back(2 * a.cpu / b.cpu);
    by_wall.push_back(2 * a.wall / b.wall);
  }
  const auto figure = [&](const char* name, std::vector<double> values, const char* unit = "ns/packet") {
    return Figure{"workers", prefix + name, kFlows, one.packets(), unit, std::move(values)};
  };
  bench.add({figure("one worker, CPU time", one_cpu), figure("one worker, wall clock", one_wall),
             figure("two workers, CPU time of the slower", two_cpu),
             figure("two workers, wall clock of the slower", two_wall),
             figure("rate of two / rate of one, wall clock", by_wall, "times")});
  bench.add({"rate of two workers / rate of one, " + what, false, kScaling, "times", by_cpu});
}

/// Worker 0 owns all connections; its replies come to worker 1's queue.
class Stray {
 public:
  explicit Stray(Bench& bench)
      : world_(spec_of(2, kFlows), bench.pool()), share_(world_, 0, kFlows), cpu_(bench.options().cpu) {}

  struct Cost {
    double giver = 0;  // ns/packet
    double taker = 0;
  };
  Cost hand_over(std::uint64_t packets) {
    Cost cost;
    std::atomic<std::uint64_t> phase{0};  // even: the giver's
    const std::uint64_t batches = packets / kBatch;
    const auto my_turn = [&](std::uint64_t number) {
      while (phase.load(std::memory_order_acquire) != number) sched_yield();
    };
    const auto give = [&] {
      for (std::uint64_t batch = 0; batch < batches; ++batch) {
        my_turn(2 * batch);
        cost.giver += batch_ns(1, strayed_);
        phase.store(2 * batch + 1, std::memory_order_release);
      }
    };
    const auto take = [&] {
      for (std::uint64_t batch = 0; batch < batches; ++batch) {
        my_turn(2 * batch + 1);
        const std::uint64_t before = sent();
        cost.taker += turns_ns(0);
        HVS_CHECK(sent() - before == kBatch);
        phase.store(2 * batch + 2, std::memory_order_release);
      }
    };
    run_together({other_cpu(cpu_), cpu_}, {give, take});
    const auto all = static_cast<double>(batches * kBatch);
    return {cost.giver / all, cost.taker / all};
  }
  /// The same replies at their owner's queue.
  double at_home(std::uint64_t packets) {
    double ns = 0;
    const std::uint64_t batches = packets / kBatch;
    run_together({cpu_}, {[&] {
                   for (std::uint64_t batch = 0; batch < batches; ++batch) ns += batch_ns(0, home_);
                 }});
    return ns / static_cast<double>(batches * kBatch);
  }

 private:
  static constexpr std::uint64_t kBatch = 2048;  // half a handoff ring
  [[nodiscard]] std::uint64_t sent() const { return world_.port().sent(QueueId{0}); }
  double batch_ns(unsigned worker, Stream& stream) {
    world_.port().feed(QueueId{static_cast<std::uint16_t>(worker)}, kBatch, stream);
    return turns_ns(worker);
  }
  double turns_ns(unsigned worker) {
    const double start = thread_ns();
    while (world_.turn(world_.now_ms(), worker)) {
    }
    return thread_ns() - start;
  }
  mutable World world_;
  Share share_;
  unsigned cpu_;
  Stream home_{&share_.replies, kEstablished, 0};
  Stream strayed_{&share_.replies, kEstablished, 0};
};

void run_handoff(Bench& bench) {
  const Options& options = bench.options();
  Stray stray(bench);
  stray.at_home(options.packets);
  stray.hand_over(options.packets);
  std::vector<double> home, giver, taker, both;
  for (unsigned round = 0; round < options.rounds; ++round) {
    home.push_back(stray.at_home(options.packets));
    const Stray::Cost cost = stray.hand_over(options.packets);
    giver.push_back(cost.giver);
    taker.push_back(cost.taker);
    both.push_back(cost.giver + cost.taker);
  }
  const auto figure = [&](const char* name, std::vector<double> values) {
    return Figure{"workers", name, kFlows, options.packets, "ns/packet", std::move(values)};
  };
  std::vector<Figure> figures = {
      figure("replies, on their owner's queue", home), figure("replies, handed over: giver", giver),
      figure("replies, handed over: taker", taker), figure("replies, handed over: both", both)};
  add_ratio(figures[3], "not handed over", figures[0]);
  bench.add(figures);
}

}  // namespace

void run_workers(Bench& bench) {
  bench.begin_table("two workers, tcp v4", {"not handed over"});
  if (other_cpu(bench.options().cpu) == bench.options().cpu) {
    std::printf("left out: there is one CPU only\n");
    return;
  }
  run_scaling<Crew>(bench, "", "1 M flows");
  if (!bench.options().quick) run_scaling<Openers>(bench, "tcp lives: ", "TCP lives");
  run_handoff(bench);
}

}  // namespace hvs::bench
