// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "control/compile/placement.h"
#include "dataplane/schedule/scheduler.h"

namespace hvs::test {

/// A service of dests A, B, C ... with weights, as a worker and its shared tables see it. `opens` of another
/// Lab's tables make it a second worker.
class Lab {
 public:
  Lab(SchedulerKind scheduler, const std::vector<unsigned>& weights, SharedTables* shared = nullptr)
      : shared_(shared != nullptr ? shared : &own_) {
    service.slot = ServiceSlot{3};
    service.incarnation = 1;
    service.vip = *IpAddr::parse("10.10.0.100");
    service.port = L4Port{80};
    service.scheduler = scheduler;
    set_weights(weights);
  }

  /// As a reload does.
  void set_weights(const std::vector<unsigned>& weights) {
    ServiceConfig config;
    config.scheduler = service.scheduler;
    config.mh_table_size = 4093;
    service.dests.clear();
    service.weight_max = service.weight_gcd = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const IpAddr addr = IpAddr::v4(Be32{0x0a140015U + static_cast<std::uint32_t>(i)});
      const auto weight = static_cast<std::uint16_t>(weights[i]);
      config.dests.push_back({addr, L4Port{80}, weight});
      Dest dest;
      dest.slot = DestSlot{static_cast<std::uint32_t>(i)};
      dest.addr = addr;
      dest.port = L4Port{80};
      dest.weight = weight;
      service.dests.push_back(dest);
      service.weight_max = std::max(service.weight_max, weights[i]);
      service.weight_gcd = std::gcd(service.weight_gcd, weights[i]);
    }
    if (!places_by_hash(service.scheduler)) return;
    service.ranks = placement_ranks(config.dests);
    service.placement = std::make_shared<const Placement>(make_placement(placement_plan(config)));
  }
  void limit(char dest, std::uint32_t max, std::uint32_t min = 0) {
    at(dest).limits = ConnLimits::of(max, min);
    service.limited = true;
  }

  /// The letter of the dest for a new connection, '-' for none.
  char pick() {
    const Dest* dest = schedule(service, state, {flow, *shared_, now_ms});
    return dest == nullptr ? '-' : static_cast<char>('A' + dest->slot.value);
  }
  std::string picks(unsigned count) {
    std::string out;
    for (unsigned i = 0; i < count; ++i) out += pick();
    return out;
  }
  /// The dest for each of `count` clients.
  std::string picks_of_clients(std::uint32_t count) {
    std::string out;
    for (std::uint32_t i = 0; i < count; ++i) {
      flow.client = IpAddr::v4(Be32{0xc0000201U + i * 7919});
      out += pick();
    }
    return out;
  }

  /// Picks and opens, `count` times; `active`: the connection is established at once.
  std::string opens(unsigned count, bool active = true) {
    std::string out;
    for (unsigned i = 0; i < count; ++i) {
      out += pick();
      if (out.back() != '-') open(out.back(), active);
    }
    return out;
  }
  void open(char dest, bool active = true, unsigned count = 1) {
    for (unsigned i = 0; i < count; ++i) {
      bool filled = false;
      (void)load(dest).open(at(dest).limits, active, filled);
    }
  }
  void close(char dest, bool active = true, unsigned count = 1) {
    for (unsigned i = 0; i < count; ++i) load(dest).close(active);
  }
  [[nodiscard]] DestLoad load(char dest) { return shared_->loads[at(dest).slot]; }
  [[nodiscard]] SharedTables& shared() { return *shared_; }
  [[nodiscard]] Dest& at(char dest) { return service.dests[static_cast<std::size_t>(dest - 'A')]; }

  Service service;
  SchedulerState state;
  NewFlow flow{*IpAddr::parse("192.0.2.1"), L4Port{40000}, *IpAddr::parse("10.10.0.100")};
  std::uint32_t now_ms = 1000;

 private:
  SharedTables own_;
  SharedTables* shared_;
};

/// How often a letter stands in a text.
inline std::size_t count_of(const std::string& text, char letter) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), letter));
}

}  // namespace hvs::test
