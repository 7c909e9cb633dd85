// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/threads.h"

#include <rte_lcore.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "base/check.h"

namespace hvs::bench {

namespace {

double ns_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

double thread_ns() { return ns_of(CLOCK_THREAD_CPUTIME_ID); }
double wall_ns() { return ns_of(CLOCK_MONOTONIC); }

long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

void run_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    std::fprintf(stderr, "hvs-bench: not pinned to CPU %u\n", cpu);
}

unsigned other_cpu(unsigned cpu) { return (cpu + 1) % static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN)); }

void run_together(const std::vector<unsigned>& cpus, const std::vector<std::function<void()>>& jobs) {
  HVS_CHECK(cpus.size() == jobs.size());
  std::atomic<std::size_t> ready{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    threads.emplace_back([&, i] {
      run_on(cpus[i]);
      HVS_CHECK(rte_thread_register() == 0);
      ready.fetch_add(1);
      while (ready.load() != jobs.size()) sched_yield();
      jobs[i]();
      rte_thread_unregister();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace hvs::bench
