// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors

// What a scheduler costs a new connection: the pick, and the connection's coming and going in its dest's
// load. And how long a table takes to make, which control does while workers go on.

#include <memory>
#include <string>

#include "base/check.h"
#include "control/compile/compiler.h"
#include "control/compile/placement.h"
#include "dataplane/schedule/scheduler.h"
#include "tests/bench/bench.h"

namespace hvs::bench {

namespace {

constexpr unsigned kDests[] = {10, 1000};
constexpr std::uint32_t kHeld = 512;  // connections open at a time: loads differ, and ovf has room

Config config_of(SchedulerKind scheduler, unsigned dests) {
  Config config;
  LipPoolConfig pool;
  pool.name = "inside";
  pool.addresses = {IpAddr::v4(Be32{0x0a140001})};
  config.lip_pools.push_back(pool);
  ServiceConfig service;
  service.vip = IpAddr::v4(Be32{0x0a0a0064});
  service.port = L4Port{80};
  service.scheduler = scheduler;
  service.lip_pool = pool.name;
  for (unsigned i = 0; i < dests; ++i) {
    service.dests.push_back(
        {IpAddr::v4(Be32{0x0a150001 + i}), L4Port{80}, static_cast<std::uint16_t>(100 + i % 3)});
  }
  config.services.push_back(service);
  return config;
}

/// Opens connections of ever new clients and closes the oldest.
class Picker {
 public:
  Picker(SchedulerKind scheduler, unsigned dests, SharedTables& shared) : shared_(shared) {
    auto compiled = SnapshotCompiler().compile(config_of(scheduler, dests), {});
    HVS_CHECK(compiled.ok());
    snapshot_ = compiled->snapshot;
    held_.resize(kHeld, nullptr);
  }
  void run(std::uint64_t picks) {
    const Service& service = *snapshot_->services[0];
    for (std::uint64_t i = 0; i < picks; ++i) {
      const NewFlow flow{IpAddr::v4(Be32{static_cast<std::uint32_t>(++client_)}), L4Port{1024}, service.vip};
      const Dest* dest = schedule(service, state_, {flow, shared_, 1000});
      HVS_CHECK(dest != nullptr);
      bool filled = false;
      HVS_CHECK(shared_.loads[dest->slot].open(dest->limits, true, filled));
      const Dest*& oldest = held_[i % kHeld];
      if (oldest != nullptr) {
        shared_.loads[oldest->slot].close(true);
      }
      oldest = dest;
    }
  }

 private:
  SharedTables& shared_;
  std::shared_ptr<const Snapshot> snapshot_;
  SchedulerState state_;
  std::vector<const Dest*> held_;
  std::uint64_t client_ = 0;
};

void picks(Bench& bench, unsigned dests) {
  std::vector<std::unique_ptr<SharedTables>> shared;
  std::vector<std::unique_ptr<Picker>> pickers;
  std::vector<Case> cases;
  const std::uint64_t count = std::min<std::uint64_t>(bench.options().packets / 10, 100'000'000 / dests);
  for (const auto& [kind, name] : Names<SchedulerKind>::list) {
    shared.push_back(std::make_unique<SharedTables>());
    pickers.push_back(std::make_unique<Picker>(kind, dests, *shared.back()));
    Picker& picker = *pickers.back();
    cases.push_back({std::string(name) + ", " + std::to_string(dests) + " dests", kHeld, count,
                     [&picker, count] { picker.run(count); }});
  }
  std::vector<Figure> figures = measure_together("schedulers", cases, bench.options().rounds);
  for (Figure& figure : figures) figure.unit = "ns/connection";
  for (std::size_t i = 1; i < figures.size(); ++i) add_ratio(figures[i], "rr", figures[0]);
  bench.add(figures);
}

void tables(Bench& bench) {
  std::vector<Case> cases;
  const auto add = [&](SchedulerKind kind, std::uint32_t size, const std::string& name) {
    ServiceConfig service = config_of(kind, 1000).services[0];
    if (size != 0) service.mh_table_size = size;
    cases.push_back({name + ", 1000 dests", 0, 1, [plan = placement_plan(service)] {
                       const Placement made = make_placement(plan);
                       HVS_CHECK(made.table.size() + made.ring.size() != 0);
                     }});
  };
  add(SchedulerKind::sh, 0, "sh table");
  add(SchedulerKind::mh, 65537, "mh table of 65,537");
  add(SchedulerKind::mh, 655373, "mh table of 655,373");
  add(SchedulerKind::conhash, 0, "conhash ring");
  std::vector<Figure> figures = measure_together("schedulers", cases, bench.options().rounds);
  for (Figure& figure : figures) figure.unit = "ns/table";
  bench.add(figures);
}

}  // namespace

void run_schedulers(Bench& bench) {
  bench.begin_table("schedulers: pick, open and close; and their tables", {"rr"});
  for (const unsigned dests : kDests) picks(bench, dests);
  tables(bench);
}

}  // namespace hvs::bench
