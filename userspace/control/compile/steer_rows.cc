// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/steer_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/long_work.h"
#include "control/compile/snat_rows.h"

namespace hvs {

namespace {

/// A rule of mode snat has connections of both families, a service those of its dests'.
bool uses_lips_of(const Service& service, Family family) {
  if (service.mode == ForwardingMode::snat) return true;
  bool any = false;
  for (const Dest& dest : service.dests) {
    if (dest.mode != ForwardingMode::fullnat) continue;
    if (dest.addr.family == family) return true;
    any = true;
  }
  return !any && service.vip.family == family;
}

std::vector<IpAddr> lips_of(const Service& service) {
  std::vector<IpAddr> all;
  if (!service.lips) return all;
  for (const Family family : kFamilies) {
    const auto& lips = service.lips->of(family);
    if (uses_lips_of(service, family)) all.insert(all.end(), lips.begin(), lips.end());
  }
  return all;
}

/// Whatever the rule's protocols: it may have had ICMP before a reload.
std::uint32_t lip_uses(const Service& service) {
  return service.mode == ForwardingMode::snat ? HVS_STEER_LIP_QUERIES : 0;
}

/// `after` gives a service every port of that LIP that `pool` gave.
bool still_has(const Service* after, const IpAddr& lip, const LipPool& pool) {
  if (after == nullptr || !after->lips || after->lips->port_low > pool.port_low ||
      after->lips->port_high < pool.port_high)
    return false;
  if (!uses_lips_of(*after, lip.family)) return false;
  const auto& lips = after->lips->of(lip.family);
  return std::find(lips.begin(), lips.end(), lip) != lips.end();
}

class LipRanges {
 public:
  void want(const IpAddr& lip, L4Port low, L4Port high, std::uint32_t uses) {
    const auto [row, fresh] = rows_.try_emplace(lip, hvs_steer_lip{low.value, high.value, uses});
    if (fresh) return;
    row->second.uses |= uses;
    row->second.port_low = std::min(row->second.port_low, low.value);
    row->second.port_high = std::max(row->second.port_high, high.value);
  }
  void add_to(std::set<IpAddr>& addresses) const {
    for (const auto& row : rows_) addresses.insert(row.first);
  }
  [[nodiscard]] std::vector<SteerRows::LipRow> rows() const {
    std::vector<SteerRows::LipRow> out;
    out.reserve(rows_.size());
    for (const auto& [lip, range] : rows_) out.push_back({lip_key(lip), range});
    return out;
  }

 private:
  std::map<IpAddr, hvs_steer_lip> rows_;
};

/// Real servers in mode nat, each by its port, and by port 0 for later fragments; and ends of tunnels.
class DestRows {
 public:
  void want_nat(const IpAddr& addr, std::uint8_t protocol, L4Port port) {
    if (port.value == 0) return want({addr, protocol, port}, HVS_STEER_DEST_NAT | HVS_STEER_DEST_NAT_ANY);
    want({addr, protocol, port}, HVS_STEER_DEST_NAT);
    want({addr, protocol, L4Port{}}, HVS_STEER_DEST_NAT);
  }
  void want_tunnel(const Encap& encap) {
    want({encap.destination, static_cast<std::uint8_t>(encap.protocol()), encap.port()},
         HVS_STEER_DEST_TUNNEL);
  }
  [[nodiscard]] std::vector<SteerRows::DestRow> rows() const {
    std::vector<SteerRows::DestRow> out;
    out.reserve(rows_.size());
    for (const auto& [end, row] : rows_)
      out.push_back({service_key(end.addr, end.protocol, Be16{end.port.value}), row});
    return out;
  }

 private:
  struct End {
    IpAddr addr;
    std::uint8_t protocol = 0;
    L4Port port;
    friend auto operator<=>(const End&, const End&) = default;
  };
  void want(const End& end, std::uint32_t use) {
    hvs_steer_dest& row = rows_[end];
    ++row.rows;
    row.uses |= use;
  }
  std::map<End, hvs_steer_dest> rows_;
};

void add_service(const Service& service, SteerRows& rows) {
  const auto protocol = static_cast<std::uint8_t>(service.protocol);
  for (const IpAddr& vip : service.vips) {
    for (const PortRange& ports : service.ports) {
      if (ports.single()) {
        rows.services.push_back({service_key(vip, protocol, Be16{ports.low.value}), service.slot});
      } else {
        rows.ranges.push_back({vip_key(vip, protocol), ports, service.slot});
      }
    }
  }
}

/// Any port comes last, so that the first range which holds a port is the one that counts.
void put_in_order(std::vector<SteerRows::RangeRow>& ranges) {
  std::stable_partition(ranges.begin(), ranges.end(),
                        [](const SteerRows::RangeRow& row) { return !row.ports.any(); });
}

/// The servers that a service reaches in mode nat.
std::set<std::pair<IpAddr, L4Port>> nat_dests_of(const Service* service) {
  std::set<std::pair<IpAddr, L4Port>> out;
  if (service == nullptr) return out;
  for (const Dest& dest : service->dests) {
    if (dest.mode == ForwardingMode::nat) out.emplace(dest.addr, dest.port);
    LongWork::piece_done();
  }
  return out;
}

void add_former_lips(const Service& before, const Service* after, std::set<FormerLip>& former) {
  if (!before.lips) return;
  const LipPool& pool = *before.lips;
  for (const IpAddr& lip : lips_of(before)) {
    if (!still_has(after, lip, pool))
      former.insert({before.slot, lip, pool.port_low, pool.port_high, lip_uses(before)});
  }
}

void add_former_nat_dests(const Service& before, const Service* after, std::set<FormerNatDest>& former) {
  const auto protocol = static_cast<std::uint8_t>(before.protocol);
  const auto still = nat_dests_of(after);
  for (const Dest& dest : before.dests) {
    if (dest.mode == ForwardingMode::nat && !still.contains({dest.addr, dest.port}))
      former.insert({before.slot, dest.addr, dest.port, protocol});
    LongWork::piece_done();
  }
}

void add_former_vips(const Service& before, const Service* after, std::set<FormerVip>& former) {
  const auto has = [](const auto& list, const auto& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  for (const IpAddr& vip : before.vips) {
    for (const PortRange& ports : before.ports) {
      if (after == nullptr || !has(after->vips, vip) || !has(after->ports, ports))
        former.insert({before.slot, vip, ports, before.has_nat_dests});
    }
  }
}

const Service* service_at(const ServiceList& services, ServiceSlot slot) {
  return slot.index() < services.size() ? services[slot.index()].get() : nullptr;
}

/// Those of `before` may have connections; those that `after` has are no former ones.
void add_former_dests(const ServiceList& before, const ServiceList& after, FormerRows& former) {
  for (const auto& service : before) {
    if (!service) continue;
    for (const Dest& dest : service->dests) {
      former.dests[dest.slot] = {service->slot, service->incarnation, service->on_dest_removed};
      LongWork::piece_done();
    }
  }
  for (const auto& service : after) {
    if (!service) continue;
    for (const Dest& dest : service->dests) {
      former.dests.erase(dest.slot);
      LongWork::piece_done();
    }
  }
}

}  // namespace

void add_former(const Snapshot& before, const Snapshot& after, FormerRows& former) {
  for (const auto& service : before.services) {
    if (!service) continue;
    const Service* now = after.service(service->slot);
    add_former_lips(*service, now, former.lips);
    add_former_nat_dests(*service, now, former.nat_dests);
    add_former_vips(*service, now, former.vips);
  }
  add_former_dests(before.services, after.services, former);
  const auto has = [](const std::vector<SnatRule>& list, const SnatRule& rule) {
    return std::find(list.begin(), list.end(), rule) != list.end();
  };
  for (const SnatRule& rule : before.snat) {
    if (!has(after.snat, rule) && !has(former.snat, rule)) former.snat.push_back(rule);
  }
}

std::vector<PastVip> past_vips_of(const LipPool& pool, const FormerRows& former) {
  std::vector<PastVip> out;
  for (const FormerVip& past : former.vips) {
    const auto& lips = pool.of(past.vip.family);
    if (past.ports.overlaps({pool.port_low, pool.port_high}) &&
        std::find(lips.begin(), lips.end(), past.vip) != lips.end())
      out.push_back({past.vip, past.ports, past.by_client});
  }
  std::sort(out.begin(), out.end(),
            [](const PastVip& a, const PastVip& b) { return a.ports.low < b.ports.low; });
  return out;
}

std::vector<OnDestRemoved> removed_dests(const ServiceList& services, const FormerRows& former) {
  std::vector<OnDestRemoved> out;
  for (const auto& [slot, past] : former.dests) {
    const Service* service = service_at(services, past.service);
    const bool same = service != nullptr && service->incarnation == past.incarnation;
    const OnDestRemoved policy = same ? service->on_dest_removed : past.policy;
    if (policy == OnDestRemoved::keep) continue;
    if (out.size() <= slot.index()) out.resize(slot.index() + 1, OnDestRemoved::keep);
    out[slot.index()] = policy;
  }
  return out;
}

SteerRows steer_rows(const Snapshot& snapshot, const FormerRows& former, const std::set<IpAddr>& own) {
  SteerRows rows;
  LipRanges lips;
  DestRows dests;
  std::set<IpAddr> ours = own;
  for (const auto& service : snapshot.services) {
    if (!service) continue;
    const auto protocol = static_cast<std::uint8_t>(service->protocol);
    if (service->mode != ForwardingMode::snat) add_service(*service, rows);
    ours.insert(service->vips.begin(), service->vips.end());
    for (const Dest& dest : service->dests) {
      if (dest.mode == ForwardingMode::nat) dests.want_nat(dest.addr, protocol, dest.port);
    }
    for (const IpAddr& lip : lips_of(*service))
      lips.want(lip, service->lips->port_low, service->lips->port_high, lip_uses(*service));
  }
  for (const FormerLip& past : former.lips) lips.want(past.lip, past.low, past.high, past.uses);
  for (const FormerNatDest& past : former.nat_dests) dests.want_nat(past.addr, past.protocol, past.port);
  for (const auto& encap : snapshot.encaps) {
    if (encap) dests.want_tunnel(*encap);
  }
  put_in_order(rows.ranges);
  lips.add_to(ours);
  rows.lips = lips.rows();
  rows.dests = dests.rows();
  add_snat_rows(snapshot.snat, former.snat, ours, rows);
  return rows;
}

}  // namespace hvs
