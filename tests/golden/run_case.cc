// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/run_case.h"

#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "control/config/config_file.h"
#include "dataplane/exits/punt_class.h"
#include "tests/golden/case_file.h"
#include "tests/golden/frame_text.h"

namespace hvs::golden {

namespace {

Config load_config_file(const std::filesystem::path& path) {
  auto config = load_config(path.string());
  if (!config) throw std::runtime_error(config.problems().text());
  return *config;
}

/// One case at work.
class Run {
 public:
  explicit Run(const CaseFile& file)
      : file_(file),
        rig_(load_config_file(file.directory / "config.yaml"),
             World::parse(read_file(file.directory / "world.txt")), file.sizes) {}

  void step(const Step& step) {
    SCOPED_TRACE("step: " + step.title);
    CounterMap wanted;
    if (!step.config.empty() || first_) add(wanted, "snapshots_seen", 1);
    first_ = false;
    if (!step.config.empty()) rig_.load(load_config_file(file_.directory / step.config));
    if (!step.world.empty()) rig_.load(World::parse(read_file(file_.directory / step.world)));
    rig_.advance(step.advance_ms);
    for (const PortFrame& frame : step.in) {
      const PortId port = port_named(frame.port);
      rig_.inject(port, QueueId{frame.queue}, frame.bytes);
      count_traffic(wanted, "rx", port, frame);
    }
    rig_.turn(step.turns);
    add(wanted, "loops", step.turns);
    for (const PortFrame& frame : step.out) count_traffic(wanted, "tx", port_named(frame.port), frame);
    for (const auto& [name, delta] : step.counts) wanted[name] += delta;
    compare_sent(step);
    compare_punted(step);
    EXPECT_EQ(testing::PrintToString(rig_.asked()), testing::PrintToString(step.asks))
        << "neighbours asked for";
    compare_counters(wanted);
  }

 private:
  [[nodiscard]] PortId port_named(const std::string& name) const {
    const auto& ports = rig_.world().ports;
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.name == name; });
    if (port == ports.end()) throw std::runtime_error("no port " + name);
    return PortId{static_cast<std::uint16_t>(port - ports.begin())};
  }
  /// The same for every worker.
  void add(CounterMap& wanted, const std::string& name, std::int64_t delta) const {
    for (unsigned w = 0; w < rig_.workers(); ++w) wanted[prefix(w) + name] += delta;
  }
  static std::string prefix(unsigned worker) {
    return worker == 0 ? "" : "worker" + std::to_string(worker) + ".";
  }
  /// The frames of a case say themselves what these counters must show.
  void count_traffic(CounterMap& wanted, const std::string& direction, PortId port,
                     const PortFrame& frame) const {
    const std::string name = prefix(rig_.owner(port, QueueId{frame.queue})) + direction;
    wanted[name + "_packets"] += 1;
    wanted[name + "_bytes"] += static_cast<std::int64_t>(frame.bytes.size());
  }

  void compare_sent(const Step& step) {
    for (unsigned p = 0; p < rig_.world().ports.size(); ++p) {
      const PortId port{static_cast<std::uint16_t>(p)};
      for (unsigned q = 0; q < rig_.queues(port); ++q) {
        std::vector<PortFrame> wanted;
        for (const PortFrame& frame : step.out) {
          if (port_named(frame.port) == port && frame.queue == q) wanted.push_back(frame);
        }
        compare("out " + rig_.world().ports[p].name + "." + std::to_string(q),
                rig_.sent(port, QueueId{static_cast<std::uint16_t>(q)}), wanted);
      }
    }
  }
  void compare_punted(const Step& step) {
    const std::vector<Punted> punted = rig_.punted();
    std::vector<PortFrame> wanted = step.punts;  // in the order of their arrival; rings have their own
    std::stable_sort(wanted.begin(), wanted.end(),
                     [&](const PortFrame& a, const PortFrame& b) { return ring_of(a) < ring_of(b); });
    std::vector<Bytes> got;
    for (std::size_t i = 0; i < punted.size(); ++i) {
      got.push_back(punted[i].bytes);
      if (i < wanted.size()) {
        EXPECT_EQ(punted[i].port, port_named(wanted[i].port)) << "port of arrival of punt " << i;
      }
    }
    compare("punt", got, wanted);
  }
  [[nodiscard]] std::pair<std::uint16_t, PuntClass> ring_of(const PortFrame& frame) const {
    return {port_named(frame.port).value, punt_class(Reader(frame.bytes))};
  }
  static void compare(const std::string& where, const std::vector<Bytes>& got,
                      const std::vector<PortFrame>& wanted) {
    for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
      if (i >= got.size()) {
        ADD_FAILURE() << where << ": frame " << i << " is missing:" << wanted[i].text;
      } else if (i >= wanted.size()) {
        ADD_FAILURE() << where << ": frame " << i << " is not expected: " << describe(got[i]) << "\n"
                      << difference(got[i], {});
      } else if (got[i] != wanted[i].bytes) {
        ADD_FAILURE() << where << ": frame " << i << " differs from" << wanted[i].text << "\n"
                      << difference(got[i], wanted[i].bytes);
      }
    }
  }

  void compare_counters(const CounterMap& wanted) {
    const CounterMap now = rig_.counters();
    for (const auto& [name, delta] : wanted) {
      if (!now.contains(name)) ADD_FAILURE() << "no counter " << name;
    }
    for (const auto& [name, value] : now) {
      if (name.ends_with("idle_loops")) continue;  // says nothing of frames
      const auto before = before_.find(name);
      const std::int64_t moved = value - (before == before_.end() ? 0 : before->second);
      const auto entry = wanted.find(name);
      const std::int64_t expected = entry == wanted.end() ? 0 : entry->second;
      if (moved != expected)
        ADD_FAILURE() << "count " << name << " moved by " << moved << ", wanted " << expected;
    }
    before_ = now;
  }

  const CaseFile& file_;
  Rig rig_;
  CounterMap before_;
  bool first_ = true;
};

}  // namespace

void run_case(const std::filesystem::path& directory) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  try {
    const CaseFile file = CaseFile::load(directory);
    Run run(file);
    for (const Step& step : file.steps) run.step(step);
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
  EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available) << "packet buffers were lost";
}

}  // namespace hvs::golden
