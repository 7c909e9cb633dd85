// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/worker_threads.h"

#include <poll.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <time.h>
#include <unistd.h>

#include "control/config/memory_need.h"
#include "model/choose_port_owners.h"
#include "model/queue_workers.h"
#include "pmd/eal.h"

namespace hvs {

namespace {

/// An adaptive worker polls this many idle turns before it sleeps: long enough to catch the next packet of a
/// busy flow without a system call.
constexpr unsigned kIdleTurns = 256;
/// Longest sleep: expiry goes on, in slices that stay short, WorkerWatch, which looks every 100 ms at the
/// most often, sees the worker turn, and its code and tables stay in the caches: after longer ones it takes
/// up to half again as long to wake (docs/performance-veth.md). Whoever has news does not wait for its end:
/// see WorkerBox::wake.
constexpr int kMaxSleepMs = 10;

/// So often in a row a device must have kept silent about frames.
constexpr unsigned kSilent = 8;

SipKey random_sip_key() {
  const HashSecret secret = HashSecret::random();
  return {secret.a, secret.b};
}

std::vector<std::vector<WorkerId>> workers_of(const std::vector<Port*>& ports, unsigned workers) {
  std::vector<std::uint16_t> queues;
  queues.reserve(ports.size());
  for (const Port* port : ports) queues.push_back(port->info().queues);
  return queue_workers(queues, workers);
}

PortOwnersChoice choose_owners(const std::vector<Port*>& ports, unsigned workers) {
  const auto owners = workers_of(ports, workers);
  std::vector<PortSpread> spreads;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    spreads.push_back({ports[i]->info().name, ports[i]->info().rss, owners[i]});
  }
  return choose_port_owners(spreads, workers);
}

}  // namespace

std::vector<WorkerSetup> deal_out_queues(const std::vector<Port*>& ports, unsigned workers) {
  std::vector<WorkerSetup> setups(workers);
  const auto owners = workers_of(ports, workers);
  for (unsigned w = 0; w < workers; ++w) setups[w].id = WorkerId{static_cast<std::uint8_t>(w)};
  for (std::size_t p = 0; p < ports.size(); ++p) {
    Port* port = ports[p];
    const std::vector<WorkerId>& owner = owners[p];  // by queue
    for (std::size_t q = 0; q < owner.size(); ++q) {
      setups[owner[q].index()].rx.push_back({port, QueueId{static_cast<std::uint16_t>(q)}});
    }
    for (WorkerSetup& setup : setups) {
      TxPath path;
      path.port = port;
      for (std::uint16_t q = 0; q < owner.size() && !path.queue; ++q) {
        if (owner[q] == setup.id) path.queue = QueueId{q};
      }
      path.relay = owner[setup.id.index() % owner.size()];
      setup.tx.push_back(path);
      setup.port_macs.push_back(port->info().mac);
    }
  }
  return setups;
}

void WorkerThreads::sweep_templates() {
  constexpr std::uint32_t kCalls = 60;
  shared_.templates.sweep(shared_.templates.buckets() / kCalls + 1, worker_now_ms());
}

void WorkerThreads::expect_families(const Snapshot& snapshot) {
  const auto expect = [this](Family family) { (family == Family::ipv4 ? uses_v4_ : uses_v6_) = true; };
  for (const auto& service : snapshot.services) {
    if (!service) continue;
    for (const IpAddr& vip : service->vips) expect(vip.family);
  }
  for (const SnatRule& rule : snapshot.snat) {
    for (const IpPrefix& inside : rule.from) expect(inside.addr.family);
  }
}

/// Forward-only milliseconds. The coarse clock is read without a system call and is exact to a kernel tick.
std::uint32_t worker_now_ms() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(ts.tv_sec) * 1000 +
                                    static_cast<std::uint64_t>(ts.tv_nsec) / 1000000);
}

WorkerThreads::WorkerThreads(const Config& config, const std::vector<Port*>& ports, Fabric& fabric)
    : fabric_(fabric),
      poll_(config.workers.poll),
      budget_(static_cast<std::int64_t>(config.connections_max)),
      shared_(config.persistent_clients, random_sip_key(), load_writers(fabric.workers())) {
  const HashSecret secret = HashSecret::random();
  PortOwnersChoice choice = choose_owners(ports, fabric.workers());
  local_ports_ = std::move(choice.why);
  const auto owners = std::make_shared<const PortOwners>(std::move(choice.owners));
  for (WorkerSetup& setup : deal_out_queues(ports, fabric.workers())) {
    // Any worker may need them all: which one a client's packets reach is not ours to say.
    setup.tables.connections = static_cast<std::uint32_t>(config.connections_max);
    setup.tables.lip_pairs = static_cast<std::uint32_t>(kMaxPortPairs);
    setup.tables.budget = &budget_;
    setup.tables.shared = &shared_;
    setup.tables.simd = config.workers.simd;
    setup.tables.owners = owners;
    setup.secret = secret;
    workers_.push_back(std::make_unique<Worker>(std::move(setup), fabric));
  }
  for (auto& worker : workers_) threads_.push_back({this, worker.get()});
}

WorkerThreads::~WorkerThreads() { stop(); }

Result<void> WorkerThreads::start() {
  running_ = true;
  for (Thread& thread : threads_) {
    const unsigned lcore = Eal::lcore_of(thread.worker->id());
    if (rte_eal_remote_launch(&WorkerThreads::run, &thread, lcore) != 0) {
      return Error{"cannot start worker " + std::to_string(thread.worker->id().value),
                   "lcore " + std::to_string(lcore),
                   "Check workers.cpus against the CPUs that this process may use (taskset -p)"};
    }
  }
  return {};
}

void WorkerThreads::stop() {
  if (!running_) return;
  stop_.store(true, std::memory_order_release);
  for (Thread& thread : threads_) fabric_.box(thread.worker->id()).wake();
  for (Thread& thread : threads_) rte_eal_wait_lcore(Eal::lcore_of(thread.worker->id()));
  running_ = false;
}

int WorkerThreads::run(void* thread) {
  auto* self = static_cast<Thread*>(thread);
  self->owner->loop(*self->worker);
  return 0;
}

void WorkerThreads::loop(Worker& worker) {
  unsigned idle = 0;
  Trust trust;
  while (!stop_.load(std::memory_order_relaxed)) {
    if (worker.turn(worker_now_ms())) {
      idle = 0;
    } else if (poll_ == PollMode::adaptive && !worker.waits() && ++idle >= kIdleTurns) {
      const bool told = sleep(worker);
      idle = kIdleTurns - 16;  // a few turns after each wake-up, then sleep again
      check_waits(worker, trust, told);
    }
  }
}

/// Frames that are there when a sleep has ended by itself came without a word. Once may be chance.
void WorkerThreads::check_waits(Worker& worker, Trust& trust, bool told) {
  const Counter& received = worker.tables().counters().rx_packets;
  const std::uint64_t before = received.get();
  if (told) {
    trust.silent = 0;
    return;
  }
  worker.turn(worker_now_ms());
  if (received.get() == before || ++trust.silent < kSilent) return;
  for (const RxQueue& rx : worker.setup().rx) rx.port->distrust_waits();
}

/// False when the time was over before anybody told of something.
bool WorkerThreads::sleep(Worker& worker) {
  WorkerBox& box = fabric_.box(worker.id());
  pollfd fds[1 + kMaxPorts * 4];
  nfds_t count = 0;
  fds[count++] = {box.wake_fd, POLLIN, 0};
  int timeout = kMaxSleepMs;
  bool armed = false;
  for (const RxQueue& rx : worker.setup().rx) {
    const int fd = rx.port->wait_fd(rx.queue);
    if (fd >= 0 && count < std::size(fds)) {
      fds[count++] = {fd, POLLIN, 0};
      armed = rx.port->arm(rx.queue) || armed;
    } else {
      timeout = 1;  // nothing wakes us for this queue
    }
  }
  box.sleeping.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with WorkerBox::wake
  const bool news =
      box.has_mail() || fabric_.rcu.behind(worker.id()) || (armed && worker.turn(worker_now_ms()));
  bool told = true;
  if (!news && !stop_.load(std::memory_order_relaxed)) {
    worker.tables().counters().sleeps.inc();
    const int ready = poll(fds, count, timeout);
    if (ready < 0) fds[0].revents = 0;
    told = ready != 0 || !armed;
  }
  box.sleeping.store(false, std::memory_order_relaxed);
  if (armed) {
    for (const RxQueue& rx : worker.setup().rx) rx.port->disarm(rx.queue);
  }
  if (fds[0].revents == 0) return told;  // a frame, mostly: it does not wait for one system call more
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t got = read(box.wake_fd, &wakes, sizeof wakes);
  return told;
}

}  // namespace hvs
