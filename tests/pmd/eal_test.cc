// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/eal.h"

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>

#include <algorithm>

#include "fixture.h"

namespace hvs {
namespace {

bool has(const std::vector<std::string>& args, const std::string& wanted) {
  return std::find(args.begin(), args.end(), wanted) != args.end();
}

TEST(Eal, StartsOnceInAProcess) {
  const Result<Eal> again = init_eal({});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().what, "EAL starts once in a process");
}

TEST(Eal, MainLcoreFloatsOverTheOtherCpusAndWorkersArePinned) {
  cpu_set_t mine;
  ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  EXPECT_EQ(static_cast<long>(CPU_COUNT(&mine)), online == 1 ? 1 : online - 1);
  EXPECT_EQ(CPU_ISSET(0, &mine) != 0, online == 1);
  EXPECT_EQ(rte_lcore_count(), 2U);
  EXPECT_EQ(rte_get_main_lcore(), 0U);
  cpu_set_t worker = rte_lcore_cpuset(Eal::lcore_of(WorkerId{0}));
  EXPECT_EQ(CPU_COUNT(&worker), 1);
  EXPECT_TRUE(CPU_ISSET(0, &worker));
}

TEST(Eal, LogGoesToTheCallback) {
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "a line for the test %d\nand another\n", 42);
  const std::vector<std::string> lines = test::logged_lines();
  EXPECT_TRUE(has(lines, "a line for the test 42"));
  EXPECT_TRUE(has(lines, "and another"));
  EXPECT_EQ(take_eal_errors().find("and another") == std::string::npos, false);
  EXPECT_EQ(take_eal_errors(), "");
}

TEST(PlanEal, WithoutHugepagesNothingIsShared) {
  EalOptions options;
  options.instance = "lab";
  options.hugepages = Hugepages::off;
  options.memory_bytes = 128_MiB;
  const Result<EalPlan> plan = plan_eal(options);
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->hugepages);
  for (const char* arg :
       {"--file-prefix=hvs-lab", "--no-huge", "--no-shconf", "128", "--no-pci", "--no-telemetry"}) {
    EXPECT_TRUE(has(plan->args, arg)) << arg;
  }
  EXPECT_FALSE(has(plan->args, "--in-memory"));  // EAL refuses the two together
}

TEST(PlanEal, RequiredHugepagesThatAreMissingAreAnError) {
  EalOptions options;
  options.hugepages = Hugepages::required;
  options.memory_bytes = 1ULL << 50;
  const Result<EalPlan> plan = plan_eal(options);
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().what.find("not enough hugepages"), std::string::npos);
  EXPECT_EQ(plan.error().where, "memory.hugepages");
  options.hugepages = Hugepages::automatic;
  EXPECT_TRUE(plan_eal(options).ok());
}

TEST(PlanEal, ControlHasAllCpusWhenWorkersHaveAll) {
  cpu_set_t mine;
  ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
  EalOptions options;
  std::string all;
  std::string workers;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &mine) == 0) continue;
    options.worker_cpus.push_back(cpu);
    all += (all.empty() ? "" : ",") + std::to_string(cpu);
    workers += "," + std::to_string(options.worker_cpus.size()) + "@" + std::to_string(cpu);
  }
  const Result<EalPlan> plan = plan_eal(options);
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(has(plan->args, "--lcores=0@(" + all + ")" + workers));
}

TEST(PlanEal, ACpuThatIsNotOursIsAnError) {
  EalOptions options;
  options.worker_cpus = {1000};
  const Result<EalPlan> plan = plan_eal(options);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().what, "CPU 1000 is not among the CPUs of this process");
}

}  // namespace
}  // namespace hvs
