// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/compiler.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace hvs {

ServiceIdentity identity_of(const ServiceConfig& service) {
  return {service.vip, service.protocol, service.port};
}

DestIdentity identity_of(const ServiceConfig& service, const DestConfig& dest) {
  return {identity_of(service), dest.address, dest.port};
}

namespace {

template <typename Slot>
bool in_use(const std::function<bool(Slot)>& probe, Slot slot) {
  return probe && probe(slot);
}

Error out_of(const std::string& what, std::uint32_t max) {
  return {"no free slot for another " + what + ": all " + std::to_string(max) + " are taken by " + what +
              "s of this configuration, of the one before, or that still have connections",
          {},
          "Wait until connections of removed " + what + "s have ended, then reload again; or remove some"};
}

/// Names first, then newcomers, so that a newcomer never takes a row that somebody comes back for.
Result<void> assign_services(const Config& config, const SlotProbe& probe, Compiled& out) {
  out.services.begin();
  std::vector<ServiceIdentity> newcomers;
  for (const ServiceConfig& s : config.services) {
    if (!out.services.keep(identity_of(s))) newcomers.push_back(identity_of(s));
  }
  for (const ServiceIdentity& name : newcomers) {
    const auto slot =
        out.services.assign(name, [&](ServiceSlot s) { return in_use(probe.service_in_use, s); });
    if (!slot) return out_of("service", out.services.max());
    out.fresh_services.push_back(*slot);
  }
  return {};
}

Result<void> assign_dests(const Config& config, const SlotProbe& probe, Compiled& out) {
  out.dests.begin();
  std::vector<DestIdentity> newcomers;
  for (const ServiceConfig& s : config.services) {
    for (const DestConfig& d : s.dests) {
      if (!out.dests.keep(identity_of(s, d))) newcomers.push_back(identity_of(s, d));
    }
  }
  for (const DestIdentity& name : newcomers) {
    const auto slot = out.dests.assign(name, [&](DestSlot d) { return in_use(probe.dest_in_use, d); });
    if (!slot) return out_of("dest", out.dests.max());
    out.fresh_dests.push_back(*slot);
  }
  return {};
}

std::shared_ptr<const LipPool> compile_pool(const LipPoolConfig& from) {
  auto pool = std::make_shared<LipPool>();
  pool->name = from.name;
  pool->port_low = from.port_low;
  pool->port_high = from.port_high;
  for (const IpAddr& addr : from.addresses) (addr.is_v4() ? pool->v4 : pool->v6).push_back(addr);
  return pool;
}

std::shared_ptr<const Service> compile_service(const ServiceConfig& from, std::shared_ptr<const LipPool> lips,
                                               const Compiled& slots) {
  auto service = std::make_shared<Service>();
  service->slot = slots.services.slot_of(identity_of(from));
  service->name = from.name;
  service->vip = from.vip;
  service->protocol = from.protocol;
  service->port = from.port;
  service->mode = from.mode;
  service->scheduler = from.scheduler;
  service->lips = std::move(lips);
  service->idle = idle_limits(from.timeouts);
  service->dests.reserve(from.dests.size());
  for (const DestConfig& dest : from.dests) {
    service->dests.push_back(
        {slots.dests.slot_of(identity_of(from, dest)), dest.address, dest.port, dest.weight});
    service->weight_max = std::max<std::uint32_t>(service->weight_max, dest.weight);
    service->weight_gcd = std::gcd(service->weight_gcd, std::uint32_t{dest.weight});
  }
  return service;
}

SteerRows steer_rows(const std::vector<std::shared_ptr<const Service>>& services) {
  SteerRows rows;
  std::set<IpAddr> seen;
  for (const auto& service : services) {
    if (!service) continue;
    const auto protocol = static_cast<std::uint8_t>(service->protocol);
    rows.services.push_back({service_key(service->vip, protocol, Be16{service->port.value}), service->slot});
    const LipPool& pool = *service->lips;
    for (const IpAddr& lip : pool.of(service->vip.family)) {
      if (!seen.insert(lip).second) continue;
      rows.lips.push_back({lip_key(lip), {pool.port_low.value, pool.port_high.value}});
    }
  }
  return rows;
}

}  // namespace

Result<Compiled> SnapshotCompiler::compile(const Config& config, const SlotProbe& probe) const {
  Compiled out;
  out.services = services_;
  out.dests = dests_;
  if (auto done = assign_services(config, probe, out); !done) return done.error();
  if (auto done = assign_dests(config, probe, out); !done) return done.error();

  std::map<std::string, std::shared_ptr<const LipPool>> pools;
  for (const LipPoolConfig& pool : config.lip_pools) pools.emplace(pool.name, compile_pool(pool));

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = current_ ? current_->generation + 1 : 1;
  snapshot->workers = config.workers.count;
  snapshot->services.resize(out.services.size());
  for (const ServiceConfig& s : config.services) {
    const auto pool = pools.find(s.lip_pool);
    if (pool == pools.end()) {
      return Error{
          "service \"" + s.name + "\" names the pool \"" + s.lip_pool + "\", which does not exist", {}, {}};
    }
    auto service = compile_service(s, pool->second, out);
    const ServiceSlot slot = service->slot;
    snapshot->services[slot.index()] = std::move(service);
  }
  snapshot->steer = SteerTable(steer_rows(snapshot->services));
  out.snapshot = std::move(snapshot);
  return out;
}

void SnapshotCompiler::commit(Compiled compiled) {
  services_ = std::move(compiled.services);
  dests_ = std::move(compiled.dests);
  current_ = std::move(compiled.snapshot);
}

}  // namespace hvs
