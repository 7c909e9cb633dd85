// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <vector>

namespace hvs::bench {

/// Time that the calling thread was on a CPU: who else runs there costs it its caches, but not this time.
double thread_ns();
/// Time on the wall.
double wall_ns();
/// How often the calling thread had to leave its CPU to somebody else.
long preemptions();

/// Pins the calling thread; says so on standard error when that fails.
void run_on(unsigned cpu);
/// The CPU after `cpu`; `cpu` itself when there is one only.
unsigned other_cpu(unsigned cpu);

/// Runs each job on a thread of its own, pinned to cpus[i], with packet buffers at hand as a worker's lcore
/// has them. All begin together; returns when all are done.
void run_together(const std::vector<unsigned>& cpus, const std::vector<std::function<void()>>& jobs);

}  // namespace hvs::bench
