// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/bench/turn_watch.h"

#include <rte_cycles.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/bench/threads.h"

namespace hvs::bench {

TurnWatch::TurnWatch() : ns_per_tick_(1e9 / static_cast<double>(rte_get_tsc_hz())) {}

TurnWatch::Usage TurnWatch::usage() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return {usage.ru_nivcsw, usage.ru_nvcsw, usage.ru_minflt + usage.ru_majflt};
}

void TurnWatch::begin() {
  before_ = usage();
  cpu_before_ = thread_ns();
  begin_ = rte_rdtsc();
}

void TurnWatch::end(bool busy) {
  const double wall = static_cast<double>(rte_rdtsc() - begin_) * ns_per_tick_;
  const double cpu = thread_ns() - cpu_before_;
  wall_ns_ += wall;
  wall_.add(wall);
  cpu_.add(cpu);
  if (busy) busy_.add(cpu);
  const Usage after = usage();
  faults_ += after.faults - before_.faults;
  if (wall < kLong) return;
  ++long_.turns;
  const bool preempted = after.preempted != before_.preempted;
  const bool faults = after.faults != before_.faults;
  long_.busy += busy ? 1 : 0;
  long_.preempted += preempted ? 1 : 0;
  long_.faults += faults ? 1 : 0;
  long_.waits += after.waits != before_.waits ? 1 : 0;
  if (cpu < kLong) return;
  ++long_.cpu;
  long_.undisturbed += preempted ? 0 : 1;
}

double stolen_ms(unsigned cpu) {
  std::ifstream stat("/proc/stat");
  const std::string wanted = "cpu" + std::to_string(cpu);
  for (std::string line; std::getline(stat, line);) {
    std::istringstream fields(line);
    std::string name;
    double value = 0;
    fields >> name;
    if (name != wanted) continue;
    for (unsigned i = 0; i < 8; ++i) fields >> value;  // user nice system idle iowait irq softirq steal
    return value * 1000 / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return 0;
}

}  // namespace hvs::bench
