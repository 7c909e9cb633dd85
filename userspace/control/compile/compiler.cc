// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/compiler.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "base/long_work.h"
#include "control/compile/placement.h"

namespace hvs {

ServiceIdentity identity_of(const ServiceConfig& service) {
  return {service.vip, service.protocol, ports_of(service).front(), {}};
}

ServiceIdentity identity_of(const SnatConfig& rule) { return {{}, {}, {}, rule.name}; }

DestIdentity outside_of(const SnatConfig& rule) { return {identity_of(rule), {}, {}}; }

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
  for (const SnatConfig& rule : config.snat) {
    if (!out.services.keep(identity_of(rule))) newcomers.push_back(identity_of(rule));
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
      LongWork::piece_done();
    }
  }
  for (const SnatConfig& rule : config.snat) {
    if (!out.dests.keep(outside_of(rule))) newcomers.push_back(outside_of(rule));
  }
  for (const DestIdentity& name : newcomers) {
    const auto slot = out.dests.assign(name, [&](DestSlot d) { return in_use(probe.dest_in_use, d); });
    if (!slot) return out_of("dest", out.dests.max());
    out.fresh_dests.push_back(*slot);
    LongWork::piece_done();
  }
  return {};
}

std::shared_ptr<LipPool> compile_pool(const LipPoolConfig& from) {
  auto pool = std::make_shared<LipPool>();
  pool->name = from.name;
  pool->port_low = from.port_low;
  pool->port_high = from.port_high;
  for (const IpAddr& addr : from.addresses) (addr.is_v4() ? pool->v4 : pool->v6).push_back(addr);
  return pool;
}

/// The table of a scheduler that places by a hash; that of `before` when nothing has changed for it.
void place(const ServiceConfig& from, const Service* before, Service& to) {
  if (!places_by_hash(from.scheduler)) return;
  to.ranks = placement_ranks(from.dests);
  PlacementPlan plan = placement_plan(from);
  if (before != nullptr && before->placement && before->placement->plan == plan) {
    to.placement = before->placement;
  } else {
    to.placement = std::make_shared<const Placement>(make_placement(std::move(plan)));
  }
}

Ipv6Bytes mask_of(unsigned bits) {
  Ipv6Bytes mask{};
  for (unsigned i = 0; i < bits; ++i) mask[i / 8] = static_cast<std::uint8_t>(mask[i / 8] | 0x80U >> (i % 8));
  return mask;
}

Persistence compile_persistence(const PersistenceConfig& from, const std::vector<Dest>& dests) {
  Persistence out;
  out.timeout_s = static_cast<std::uint32_t>(from.timeout.count());
  out.v4_mask = mask_of(from.v4_mask);
  out.v6_mask = mask_of(from.v6_prefix);
  out.moves_drained = from.on_drain == OnDrain::move;
  out.by_slot.resize(dests.size());
  std::iota(out.by_slot.begin(), out.by_slot.end(), 0U);
  std::sort(out.by_slot.begin(), out.by_slot.end(),
            [&](std::uint32_t a, std::uint32_t b) { return dests[a].slot < dests[b].slot; });
  return out;
}

/// Workers may open such connections with the snapshot before even now, or have done so with an earlier one.
bool nat_in_use(const Service& before, const SlotProbe& probe) {
  return in_use(probe.service_in_use, before.slot) ||
         std::any_of(before.dests.begin(), before.dests.end(),
                     [](const Dest& dest) { return dest.mode == ForwardingMode::nat; });
}

std::shared_ptr<const Service> compile_service(const ServiceConfig& from, std::shared_ptr<const LipPool> lips,
                                               const Compiled& slots, const Snapshot* before,
                                               const SlotProbe& probe) {
  auto service = std::make_shared<Service>();
  service->slot = slots.services.slot_of(identity_of(from));
  service->incarnation = slots.services.given(service->slot);
  service->name = from.name;
  service->vip = from.vip;
  service->vips = vips_of(from);
  service->protocol = from.protocol;
  service->port = from.port;
  service->ports = ports_of(from);
  service->mode = from.mode;
  service->scheduler = from.scheduler;
  service->scheduler_flags = from.scheduler_flags;
  service->lips = std::move(lips);
  service->idle = idle_limits(from.timeouts);
  service->on_no_dest = from.on_no_dest;
  service->on_dest_removed = from.on_dest_removed;
  service->dest_time_wait = from.dest_time_wait;
  service->mss = from.mss;
  service->one_packet = from.one_packet;
  service->dests.reserve(from.dests.size());
  for (const DestConfig& dest : from.dests) {
    const ForwardingMode mode = dest.mode.value_or(from.mode);
    service->dests.push_back({slots.dests.slot_of(identity_of(from, dest)), dest.address, dest.port,
                              dest.weight, mode, ConnLimits::of(dest.max_conn, dest.min_conn)});
    service->dests.back().incarnation = slots.dests.given(service->dests.back().slot);
    service->dests.back().shares_ports = shares_ports(from, dest);
    service->has_nat_dests = service->has_nat_dests || mode == ForwardingMode::nat;
    service->weight_max = std::max<std::uint32_t>(service->weight_max, dest.weight);
    service->weight_gcd = std::gcd(service->weight_gcd, std::uint32_t{dest.weight});
    service->limited = service->limited || dest.max_conn != 0;
    LongWork::piece_done();
  }
  const Service* former = before != nullptr ? before->service(service->slot) : nullptr;
  if (former != nullptr && former->incarnation == service->incarnation) {
    // Connections that a dest in mode nat had are found by the client as long as there are any.
    service->has_nat_dests = service->has_nat_dests || (former->has_nat_dests && nat_in_use(*former, probe));
  }
  place(from, former, *service);
  if (from.persistence) service->persistence = compile_persistence(*from.persistence, service->dests);
  return service;
}

bool has_vip_of(const ServiceConfig& s, Family family) {
  const auto vips = vips_of(s);
  return std::any_of(vips.begin(), vips.end(), [&](const IpAddr& vip) { return vip.family == family; });
}

/// Rows for dests in mode tunnel. Those of `before` stay for slots that connections may still carry: workers
/// open them in the slots of the snapshot before even now.
void compile_encaps(const Config& config, const Snapshot* before, const SlotProbe& probe, Compiled& slots,
                    Snapshot& out) {
  constexpr std::array kInner = {Family::ipv4, Family::ipv6};
  out.encaps.resize(slots.dests.size() * kInner.size());
  if (before != nullptr) {
    std::vector<bool> named(slots.dests.size());
    for (const auto& service : before->services) {
      if (!service) continue;
      for (const Dest& dest : service->dests) named[dest.slot.index()] = true;
    }
    for (std::uint32_t i = 0; i < before->encaps.size(); ++i) {
      const DestSlot slot{i / static_cast<std::uint32_t>(kInner.size())};
      if (before->encaps[i] && (named[slot.index()] || in_use(probe.dest_in_use, slot)))
        out.encaps[i] = before->encaps[i];
    }
  }
  for (const DestSlot slot : slots.fresh_dests) {
    for (const Family inner : kInner) out.encaps[Snapshot::encap_row(slot, inner)] = nullptr;
  }
  for (const ServiceConfig& s : config.services) {
    for (const DestConfig& d : s.dests) {
      if (d.mode.value_or(s.mode) != ForwardingMode::tunnel) continue;
      const DestSlot slot = slots.dests.slot_of(identity_of(s, d));
      for (const Family inner : kInner) {
        if (!has_vip_of(s, inner)) continue;
        out.encaps[Snapshot::encap_row(slot, inner)] =
            std::make_shared<const Encap>(make_encap(d.tunnel.value_or(s.tunnel), inner, d.address));
      }
    }
  }
}

std::shared_ptr<Service> compile_snat_service(const SnatConfig& from, std::shared_ptr<const LipPool> lips,
                                              const Compiled& slots) {
  auto service = std::make_shared<Service>();
  service->slot = slots.services.slot_of(identity_of(from));
  service->incarnation = slots.services.given(service->slot);
  service->name = from.name;
  service->mode = ForwardingMode::snat;
  service->lips = std::move(lips);
  service->idle = idle_limits(from.timeouts);
  Dest outside;
  outside.slot = slots.dests.slot_of(outside_of(from));
  outside.mode = ForwardingMode::snat;
  service->dests = {outside};
  return service;
}

std::uint32_t protocols_of(SnatProtocol protocol) {
  switch (protocol) {
    case SnatProtocol::any: return HVS_STEER_TCP | HVS_STEER_UDP | HVS_STEER_SCTP | HVS_STEER_ICMP;
    case SnatProtocol::tcp: return HVS_STEER_TCP;
    case SnatProtocol::udp: return HVS_STEER_UDP;
    case SnatProtocol::icmp: return HVS_STEER_ICMP;
    case SnatProtocol::sctp: return HVS_STEER_SCTP;
  }
  return 0;
}

/// Ports are known by their place in the file (PortId), and change with a restart only.
std::optional<PortId> port_called(const std::string& name, const Config& config) {
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    if (config.ports[i].name == name) return PortId{static_cast<std::uint16_t>(i)};
  }
  return std::nullopt;
}

SnatRule compile_snat_rule(const SnatConfig& from, const Config& config, ServiceSlot slot) {
  SnatRule rule;
  rule.service = slot;
  rule.from = from.from;
  for (const Family family : kFamilies) {
    for (const IpPrefix& to : destinations_of(from, family)) rule.to.push_back(to);
  }
  rule.protocols = protocols_of(from.protocol);
  rule.from_ports = from.from_ports;
  rule.to_ports = from.to_ports;
  rule.in = port_called(from.in, config);
  rule.out = port_called(from.out, config);
  return rule;
}

/// Forgets what no connection needs any more; returns how many rows that were.
std::size_t drop_unused(FormerRows& former, const SlotProbe& probe) {
  const auto unused = [&](const auto& past) { return !in_use(probe.service_in_use, past.service); };
  std::size_t dests = 0;
  std::erase_if(former.dests, [&](const auto& past) {
    if (in_use(probe.dest_in_use, past.first)) return false;
    if (past.second.policy != OnDestRemoved::keep) ++dests;
    return true;
  });
  std::erase_if(former.vips, unused);  // pools keep them until they are compiled again
  return std::erase_if(former.lips, unused) + std::erase_if(former.nat_dests, unused) +
         std::erase_if(former.snat, unused) + dests;
}

bool has_past_vips(const Snapshot& snapshot) {
  return std::any_of(snapshot.services.begin(), snapshot.services.end(), [](const auto& service) {
    return service && service->lips && !service->lips->was_vip.empty();
  });
}

}  // namespace

Result<Compiled> SnapshotCompiler::compile(const Config& config, const SlotProbe& probe) const {
  Compiled out;
  out.services = services_;
  out.dests = dests_;
  if (auto done = assign_services(config, probe, out); !done) return done.error();
  if (auto done = assign_dests(config, probe, out); !done) return done.error();

  std::map<std::string, std::shared_ptr<LipPool>> pools;
  for (const LipPoolConfig& pool : config.lip_pools) pools.emplace(pool.name, compile_pool(pool));

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = last_generation_ + 1;
  snapshot->workers = config.workers.count;
  snapshot->services.resize(out.services.size());
  for (const ServiceConfig& s : config.services) {
    const auto pool = pools.find(s.lip_pool);
    if (pool == pools.end() && (needs_lips(s) || !s.lip_pool.empty())) {
      return Error{
          "service \"" + s.name + "\" names the pool \"" + s.lip_pool + "\", which does not exist", {}, {}};
    }
    auto service =
        compile_service(s, pool == pools.end() ? nullptr : pool->second, out, current_.get(), probe);
    const ServiceSlot slot = service->slot;
    snapshot->services[slot.index()] = std::move(service);
  }
  for (const SnatConfig& rule : config.snat) {
    auto service = compile_snat_service(rule, pools.at(rule.lip_pool), out);
    snapshot->snat.push_back(compile_snat_rule(rule, config, service->slot));
    snapshot->services[service->slot.index()] = std::move(service);
  }
  for (const auto& service : snapshot->services) {
    if (!service) continue;
    snapshot->has_nat_dests = snapshot->has_nat_dests || service->has_nat_dests;
    if (service->mss.automatic || service->mss.most == 0) continue;
    snapshot->least_mss = std::min(snapshot->least_mss, service->mss.most);
  }
  compile_encaps(config, current_.get(), probe, out, *snapshot);
  out.former = former_;
  (void)drop_unused(out.former, probe);
  // Those of the snapshot before stay whatever the probe says: workers open connections with it even now.
  if (current_) add_former(*current_, *snapshot, out.former);
  for (const DestSlot slot : out.fresh_dests) out.former.dests.erase(slot);
  for (const auto& pool : pools) pool.second->was_vip = past_vips_of(*pool.second, out.former);
  snapshot->removed_dests = removed_dests(snapshot->services, out.former);
  snapshot->steer = SteerTable(steer_rows(*snapshot, out.former, own_addresses_));
  out.snapshot = std::move(snapshot);
  return out;
}

void SnapshotCompiler::commit(Compiled compiled) {
  last_generation_ = compiled.snapshot->generation;
  services_ = std::move(compiled.services);
  dests_ = std::move(compiled.dests);
  former_ = std::move(compiled.former);
  current_ = std::move(compiled.snapshot);
  past_vips_ended_ = false;
}

void SnapshotCompiler::withdraw(Compiled compiled) {
  last_generation_ = compiled.snapshot->generation;  // workers may have had it
  services_ = std::move(compiled.services);
  dests_ = std::move(compiled.dests);
  services_.begin();
  dests_.begin();
  if (!current_) return;
  // Workers may have opened connections with it.
  add_former(*compiled.snapshot, *current_, former_);
  for (const auto& service : current_->services) {
    if (!service) continue;
    const bool snat = service->mode == ForwardingMode::snat;
    const ServiceIdentity name =
        snat ? ServiceIdentity{{}, {}, {}, service->name}
             : ServiceIdentity{service->vip, service->protocol, service->ports.front(), {}};
    services_.keep(name);
    for (const Dest& dest : service->dests) dests_.keep({name, dest.addr, dest.port});
  }
}

std::shared_ptr<const Snapshot> SnapshotCompiler::set_own_addresses(std::set<IpAddr> addresses) {
  if (addresses == own_addresses_) return nullptr;
  own_addresses_ = std::move(addresses);
  if (!current_ || current_->snat.empty()) return nullptr;
  auto changed = std::make_shared<Snapshot>(*current_);
  changed->steer = SteerTable(steer_rows(*changed, former_, own_addresses_));
  current_ = std::move(changed);
  return current_;
}

std::shared_ptr<const Snapshot> SnapshotCompiler::settle(const SlotProbe& probe) {
  const std::size_t vips = former_.vips.size();
  const std::size_t dropped = drop_unused(former_, probe);
  if (former_.vips.size() != vips && has_past_vips(*current_)) past_vips_ended_ = true;
  if (dropped == 0) return nullptr;
  auto settled = std::make_shared<Snapshot>(*current_);
  settled->steer = SteerTable(steer_rows(*settled, former_, own_addresses_));
  settled->removed_dests = removed_dests(settled->services, former_);
  current_ = std::move(settled);
  return current_;
}

}  // namespace hvs
