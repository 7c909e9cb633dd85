// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_mempool.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "fixture.h"
#include "pmd/eal.h"
#include "pmd/ethtool.h"

namespace hvs::test {
namespace {

std::mutex log_mutex;
std::vector<std::string>& log_lines() {
  static std::vector<std::string> lines;
  return lines;
}

rte_mempool* the_pool = nullptr;

}  // namespace

rte_mempool* pool() { return the_pool; }
unsigned free_mbufs() { return rte_mempool_avail_count(the_pool); }

std::vector<std::string> logged_lines() {
  const std::lock_guard lock(log_mutex);
  return log_lines();
}

int run_all() {
  // A namespace of its own, before EAL starts threads. /sys stays, so that bpffs and sysfs are those of the
  // host.
  const bool inherit = std::getenv("HVS_PMD_TESTS_NETNS") != nullptr;  // a test that runs this program again
  if (!inherit && unshare(CLONE_NEWNET) != 0) {
    std::perror("pmd_tests: unshare(CLONE_NEWNET)");
    return 1;
  }
  EalOptions options;
  options.instance = "pmd-tests";
  options.hugepages = Hugepages::off;
  options.worker_cpus = {0};
  options.log_level = EalLogLevel::debug;
  options.log = [](EalLogLevel, std::string_view line) {
    const std::lock_guard lock(log_mutex);
    log_lines().emplace_back(line);
  };
  Result<Eal> eal = init_eal(options);
  if (!eal) {
    std::fprintf(stderr, "pmd_tests: %s\n", eal.error().message().c_str());
    return 1;
  }
  const PortDemand demand{.queues = 2};
  Result<PoolSet> pools = PoolSet::create(plan_pools({&demand, 1}, 1, false));
  if (!pools) {
    std::fprintf(stderr, "pmd_tests: %s\n", pools.error().message().c_str());
    return 1;
  }
  the_pool = pools->for_node(-1);
  return RUN_ALL_TESTS();
}

}  // namespace hvs::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  if (geteuid() != 0) {
    std::fprintf(stderr, "pmd_tests: not run: network namespaces and XDP need root\n");
    return 1;
  }
  return hvs::test::run_all();
}
