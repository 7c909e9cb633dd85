// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/fib_builder.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "control/netlink/route_select.h"

namespace hvs::netlink {

namespace {

std::uint16_t narrow(std::uint32_t mtu) {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(mtu, std::numeric_limits<std::uint16_t>::max()));
}

bool same(const EgressInterface& a, const EgressInterface& b) {
  return std::tie(a.ifindex, a.port, a.vlan, a.mtu, a.ipv6_mtu, a.mac, a.addresses) ==
         std::tie(b.ifindex, b.port, b.vlan, b.mtu, b.ipv6_mtu, b.mac, b.addresses);
}

/// Widest scope first, then those not deprecated, then by number, which is stable over resyncs.
std::vector<IpAddr> addresses_of(const MirrorState& state, std::uint32_t ifindex) {
  std::vector<const AddressRecord*> found;
  for (auto it = state.addresses().lower_bound({ifindex, IpAddr{}});
       it != state.addresses().end() && it->first.first == ifindex; ++it) {
    if (it->second.usable) found.push_back(&it->second);
  }
  std::stable_sort(found.begin(), found.end(), [](const AddressRecord* a, const AddressRecord* b) {
    return std::make_tuple(a->scope, !a->preferred) < std::make_tuple(b->scope, !b->preferred);
  });
  std::vector<IpAddr> out;
  out.reserve(found.size());
  for (const AddressRecord* address : found) out.push_back(address->addr);
  return out;
}

std::vector<MacAddr> port_macs_of(const MirrorState& state, const std::vector<MirroredPort>& ports) {
  std::vector<MacAddr> macs;
  for (const MirroredPort& port : ports) {
    if (macs.size() <= port.id.index()) macs.resize(port.id.index() + 1U);
    const auto link = state.links().find(port.ifindex);
    if (link != state.links().end()) macs[port.id.index()] = link->second.mac;
  }
  return macs;
}

}  // namespace

const EgressInterface* FibBuilder::interface_of(std::uint32_t ifindex) const {
  const auto found = std::find_if(interfaces_.begin(), interfaces_.end(),
                                  [&](const EgressInterface& i) { return i.ifindex == ifindex; });
  return found == interfaces_.end() ? nullptr : &*found;
}

void FibBuilder::note(const Changes& changes, const MirrorState& state, Clock::time_point now) {
  interfaces_stale_ |= changes.interfaces;
  routes_stale_ |= changes.routes;
  for (const NeighKey& key : changes.neighbours) refresh(key, state, now);
}

void FibBuilder::free_rows(Clock::time_point deadline) {
  const bool was_full = adjacencies_.full();
  if (adjacencies_.free_idle(deadline) == 0) return;
  if (was_full) interfaces_stale_ = true;  // looks at all neighbours again: some were left out
  ++generation_;
  changed_ = true;
}

void FibBuilder::refresh(const NeighKey& key, const MirrorState& state, Clock::time_point now) {
  const auto known = state.neighbours().find(key);
  const EgressInterface* interface = interface_of(key.ifindex);
  if (known == state.neighbours().end() || interface == nullptr) {
    changed_ |= adjacencies_.lose(key, now);
    return;
  }
  Adjacency row;
  row.src = interface->mac;
  row.port = interface->port;
  row.vlan = interface->vlan;
  row.mtu = interface->mtu_for(key.addr.family);
  row.resolved = known->second.resolved();
  if (row.resolved) row.dst = known->second.mac;
  changed_ |= adjacencies_.set(key, row, route_mtus_.of(key, *interface), now);
}

/// All rows, known or lost: the state may be another one, or an interface or the MTUs of ways may be.
void FibBuilder::refresh_all(const MirrorState& state, Clock::time_point now) {
  std::vector<NeighKey> keys;
  keys.reserve(adjacencies_.index().size() + state.neighbours().size());
  for (const auto& [key, row] : adjacencies_.index()) keys.push_back(key.neighbour);
  for (const auto& [key, neighbour] : state.neighbours()) keys.push_back(key);
  for (const NeighKey& key : keys) refresh(key, state, now);
}

void FibBuilder::rebuild_interfaces(const MirrorState& state, Clock::time_point now) {
  std::vector<EgressInterface> fresh;
  std::vector<std::uint32_t> down;
  for (const auto& [ifindex, link] : state.links()) {
    const bool vlan = link.kind == "vlan" && link.vlan_ethertype == ETH_P_8021Q && link.vlan != 0;
    for (const MirroredPort& port : ports_) {
      const bool on_port = vlan && link.parent != 0 && port.ifindex == link.parent;
      if (port.ifindex != ifindex && !on_port) continue;
      if (!link.up) {
        down.push_back(ifindex);
        break;
      }
      const std::uint16_t tag = port.ifindex == ifindex ? std::uint16_t{0} : link.vlan;
      fresh.push_back({ifindex, port.id, tag, std::min(narrow(link.mtu), port.max_mtu),
                       std::min(narrow(link.ipv6_mtu), port.max_mtu), link.mac,
                       addresses_of(state, ifindex)});
      break;
    }
  }
  interfaces_stale_ = false;
  auto macs = port_macs_of(state, ports_);
  changed_ |= macs != port_macs_;
  port_macs_ = std::move(macs);
  const bool equal = std::equal(fresh.begin(), fresh.end(), interfaces_.begin(), interfaces_.end(), same);
  if (!equal || down != down_) {
    interfaces_ = std::move(fresh);
    down_ = std::move(down);
    ++generation_;
    changed_ = true;
  }
  refresh_all(state, now);
}

void FibBuilder::rebuild_routes(const MirrorState& state, Clock::time_point now) {
  routes_stale_ = false;
  std::vector<Route> fresh = select_routes(state);
  if (fresh == routes_->routes()) return;
  routes_ = std::make_shared<RouteTable>(std::move(fresh));
  ++generation_;
  changed_ = true;
  RouteMtus mtus(routes_->routes());
  if (mtus == route_mtus_) return;
  route_mtus_ = std::move(mtus);
  refresh_all(state, now);
}

std::shared_ptr<const Fib> FibBuilder::build(const MirrorState& state, bool with_routes,
                                             Clock::time_point now) {
  if (interfaces_stale_) rebuild_interfaces(state, now);
  if (with_routes && routes_stale_) rebuild_routes(state, now);
  if (!changed_) return nullptr;
  changed_ = false;
  auto fib = std::make_shared<Fib>();
  fib->routes = routes_;
  fib->generation = generation_;
  fib->adjacencies = adjacencies_.rows();
  fib->set_plain_mtus();
  fib->neighbours = adjacencies_.index();
  fib->interfaces = interfaces_;
  fib->down = down_;
  fib->port_macs = port_macs_;
  return fib;
}

std::vector<std::string> FibBuilder::limitations(const MirrorState& state) const {
  std::vector<std::string> out;
  if (adjacencies_.full()) {
    out.push_back("the adjacency table is full (" + std::to_string(adjacencies_.rows().size()) +
                  " rows): no new neighbour can be used before old ones are gone");
  }
  for (const MirroredPort& port : ports_) {
    const auto link = state.links().find(port.ifindex);
    if (port.ifindex == 0 || link == state.links().end()) continue;
    if (link->second.mtu > port.max_mtu) {
      out.push_back("the MTU of " + link->second.name + " is " + std::to_string(link->second.mtu) +
                    " now; the port's packet buffers, made at the start, hold " +
                    std::to_string(port.max_mtu) +
                    ", so HVS goes on with that and larger frames for it are lost (RX-MISSED): set the MTU "
                    "back, or restart hvsd");
    }
    if (link->second.master == 0) continue;
    const auto master = state.links().find(link->second.master);
    out.push_back("port device " + link->second.name + " belongs to " +
                  (master == state.links().end() ? "another device" : master->second.name) +
                  ": routes and neighbours there are not the port's");
  }
  return out;
}

}  // namespace hvs::netlink
