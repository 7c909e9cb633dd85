// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/adjacency_table.h"

namespace hvs::netlink {

namespace {
bool same(const Adjacency& a, const Adjacency& b) {
  return a.dst == b.dst && a.src == b.src && a.port == b.port && a.vlan == b.vlan && a.mtu == b.mtu &&
         a.resolved == b.resolved;
}
}  // namespace

std::uint32_t AdjacencyTable::take_row() {
  if (!free_.empty()) {
    const std::uint32_t row = free_.back();
    free_.pop_back();
    return row;
  }
  rows_.emplace_back();
  owners_.emplace_back();
  return static_cast<std::uint32_t>(rows_.size() - 1);
}

bool AdjacencyTable::set(const NeighKey& key, Adjacency adjacency, const Mtus& other_mtus,
                         Clock::time_point now) {
  bool changed = set_row({key}, adjacency);
  if (const auto known = other_mtus_.find(key); known != other_mtus_.end()) {
    for (const std::uint16_t mtu : known->second) {
      if (!other_mtus.contains(mtu)) changed |= lose_row({key, mtu}, now);
    }
  }
  for (const std::uint16_t mtu : other_mtus) {
    adjacency.mtu = mtu;
    changed |= set_row({key, mtu}, adjacency);
  }
  return changed;
}

bool AdjacencyTable::lose(const NeighKey& key, Clock::time_point now) {
  bool changed = lose_row({key}, now);
  if (const auto known = other_mtus_.find(key); known != other_mtus_.end()) {
    for (const std::uint16_t mtu : known->second) changed |= lose_row({key, mtu}, now);
  }
  return changed;
}

bool AdjacencyTable::set_row(const AdjacencyKey& key, const Adjacency& adjacency) {
  const auto found = index_.find(key);
  const bool fresh = found == index_.end();
  if (fresh && full()) return false;
  const std::uint32_t row = fresh ? take_row() : found->second.value;
  if (fresh) index_.emplace(key, AdjIndex{row});
  if (fresh && key.mtu != 0) other_mtus_[key.neighbour].insert(key.mtu);
  owners_[row] = {key, true, std::nullopt};
  if (!fresh && same(rows_[row], adjacency)) return false;
  rows_[row] = adjacency;
  return true;
}

bool AdjacencyTable::lose_row(const AdjacencyKey& key, Clock::time_point now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  const std::uint32_t row = found->second.value;
  if (!owners_[row].lost_at) owners_[row].lost_at = now;
  if (!rows_[row].resolved) return false;
  rows_[row].resolved = false;
  rows_[row].dst = {};
  return true;
}

std::size_t AdjacencyTable::free_idle(Clock::time_point deadline) {
  std::size_t freed = 0;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    Owner& owner = owners_[row];
    if (!owner.taken || !owner.lost_at || *owner.lost_at > deadline) continue;
    index_.erase(owner.key);
    if (const auto others = other_mtus_.find(owner.key.neighbour); others != other_mtus_.end()) {
      others->second.erase(owner.key.mtu);
      if (others->second.empty()) other_mtus_.erase(others);
    }
    owner = {};
    rows_[row] = {};
    free_.push_back(row);
    ++freed;
  }
  return freed;
}

const NeighKey* AdjacencyTable::owner(AdjIndex row) const {
  const bool taken = row.index() < owners_.size() && owners_[row.index()].taken;
  return taken ? &owners_[row.index()].key.neighbour : nullptr;
}

}  // namespace hvs::netlink
