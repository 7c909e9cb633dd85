// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/output/tunnel_paths.h"

#include <algorithm>

#include "base/check.h"

namespace hvs {

namespace {

bool link_local(const IpAddr& addr) {
  return !addr.is_v4() && addr.bytes[0] == 0xfe && (addr.bytes[1] & 0xc0) == 0x80;
}

bool is_vip(const SteerTable& table, const IpAddr& addr) {
  return table.vip(vip_key(addr, static_cast<std::uint8_t>(L4Proto::tcp))) ||
         table.vip(vip_key(addr, static_cast<std::uint8_t>(L4Proto::udp))) ||
         table.vip(vip_key(addr, static_cast<std::uint8_t>(L4Proto::sctp)));
}

}  // namespace

void TunnelPaths::begin(const Snapshot& snapshot, const Fib& fib, std::uint32_t now_ms) {
  now_ms_ = now_ms;
  snapshot_ = &snapshot;
  fib_ = &fib;
  if (HVS_UNLIKELY(any_path_)) forget_a_row();
  if (snapshot_generation_ == snapshot.generation && fib_generation_ == fib.generation) return;
  snapshot_generation_ = snapshot.generation;
  fib_generation_ = fib.generation;
  sources_.fill({});
}

/// A row a turn: what is old is gone long before the milliseconds come round, after 49.7 days, and would make
/// it young again.
void TunnelPaths::forget_a_row() {
  looked_at_ = (looked_at_ + 1) % kPaths;
  Path& path = paths_[looked_at_];
  if (path.mtu == 0 || path.fresh(now_ms_)) return;
  path = {};
  any_path_ = --paths_used_ != 0;
}

const IpAddr* TunnelPaths::choose(const EgressInterface& interface, Family family) const {
  for (const IpAddr& addr : interface.addresses) {
    if (addr.family == family && !link_local(addr) && !is_vip(snapshot_->steer, addr)) return &addr;
  }
  return nullptr;
}

const IpAddr* TunnelPaths::source_on(PortId port, std::uint16_t vlan, Family family) const {
  for (const EgressInterface& interface : fib_->interfaces) {
    if (interface.port == port && interface.vlan == vlan) return choose(interface, family);
  }
  return nullptr;
}

const IpAddr* TunnelPaths::source(const WayOut& way, const IpAddr& destination) {
  if (way.row == nullptr) {
    const EgressInterface* interface = fib_->interface_of(fib_->next_hop(destination).ifindex);
    return interface == nullptr ? nullptr : choose(*interface, destination.family);
  }
  Source& row = sources_[way.adj.index() % kSources];
  const std::uint64_t key = Source::key(way.adj, destination.family);
  if (row.of != key) {
    const IpAddr* own = source_on(way.row->port, way.row->vlan, destination.family);
    row = {key, own != nullptr, own != nullptr ? *own : IpAddr{}};
  }
  return row.exists ? &row.addr : nullptr;
}

std::size_t TunnelPaths::row_of(const IpAddr& destination) {
  return (std::hash<IpAddr>{}(destination)*0x9e3779b97f4a7c15ULL >> 32) % kPaths;
}

std::uint16_t TunnelPaths::told_mtu(std::uint16_t of_way, const IpAddr& destination) const {
  const Path& path = paths_[row_of(destination)];
  if (!path.fresh(now_ms_) || path.destination != destination) return of_way;
  return std::min(path.mtu, of_way);
}

void TunnelPaths::learn(const IpAddr& destination, std::uint32_t mtu) {
  const std::uint16_t least = destination.is_v4() ? kLeastV4 : kLeastV6;
  // Routers of before RFC 1191 say 0.
  const auto said = static_cast<std::uint16_t>(std::clamp<std::uint32_t>(mtu, least, 0xffff));
  Path& path = paths_[row_of(destination)];
  if (path.fresh(now_ms_) && path.destination == destination && path.mtu < said) return;
  if (path.mtu == 0) ++paths_used_;
  path = {destination, said, now_ms_};
  any_path_ = true;
}

}  // namespace hvs
