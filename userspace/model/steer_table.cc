// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/steer_table.h"

#include <algorithm>
#include <bit>
#include <map>

#include "base/check.h"

namespace hvs {

namespace {

// The keys are configuration, not the attacker's, so the hash needs to spread but not to be secret.
std::uint64_t hash20(const void* key) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint32_t c = 0;
  const auto* bytes = static_cast<const std::uint8_t*>(key);
  std::memcpy(&a, bytes, 8);
  std::memcpy(&b, bytes + 8, 8);
  std::memcpy(&c, bytes + 16, 4);
  std::uint64_t h = (a ^ 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 32) ^ b) * 0xc4ceb9fe1a85ec53ULL;
  h = (h ^ (h >> 29) ^ c) * 0x9fb21c651e98df25ULL;
  return h ^ (h >> 32);
}

/// memcmp() of 20 bytes, without the call.
bool same20(const std::uint8_t* a, const std::uint8_t* b) {
  std::uint64_t x[2];
  std::uint64_t y[2];
  std::uint32_t p = 0;
  std::uint32_t q = 0;
  std::memcpy(x, a, sizeof x);
  std::memcpy(y, b, sizeof y);
  std::memcpy(&p, a + sizeof x, sizeof p);
  std::memcpy(&q, b + sizeof y, sizeof q);
  return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (p ^ q)) == 0;
}

}  // namespace

std::vector<SteerTable::Cell> SteerTable::sized_for(std::size_t rows) {
  return std::vector<Cell>(std::bit_ceil(rows * 2 + 2), Cell{});
}

std::uint32_t SteerTable::find(const std::vector<Cell>& cells, const void* key) {
  if (cells.empty()) return 0;
  const std::size_t mask = cells.size() - 1;
  for (std::size_t i = hash20(key) & mask;; i = (i + 1) & mask) {
    if (cells[i].value == 0 || same20(cells[i].key, static_cast<const std::uint8_t*>(key)))
      return cells[i].value;
  }
}

void SteerTable::insert(std::vector<Cell>& cells, const void* key, std::uint32_t value) {
  const std::size_t mask = cells.size() - 1;
  std::size_t i = hash20(key) & mask;
  while (cells[i].value != 0 && std::memcmp(cells[i].key, key, sizeof cells[i].key) != 0) i = (i + 1) & mask;
  std::memcpy(cells[i].key, key, sizeof cells[i].key);
  cells[i].value = value;
}

SteerTable::SteerTable(const SteerRows& rows)
    : rows_(rows),
      services_(sized_for(rows.services.size())),
      vips_(sized_for(rows.services.size() + rows.ranges.size())),
      lips_(sized_for(rows.lips.size())),
      dests_(sized_for(rows.dests.size())),
      inside_(net_levels(rows.inside)),
      outside_(net_levels(rows.outside)) {
  for (std::uint32_t i = 0; i < rows_.services.size(); ++i) {
    const hvs_steer_service_key& key = rows_.services[i].key;
    insert(services_, &key, i + 1);
    hvs_steer_vip_key vip{};
    std::memcpy(vip.addr, key.addr, sizeof vip.addr);
    vip.protocol = key.protocol;
    vip.family = key.family;
    vip_row(vip);
  }
  for (const SteerRows::RangeRow& row : rows_.ranges) {
    Vip& vip = vip_row(row.key);
    HVS_CHECK(vip.count < HVS_STEER_VIP_RANGES);
    vip.ports[vip.count] = row.ports;
    vip.slots[vip.count++] = row.slot;
  }
  for (std::uint32_t i = 0; i < rows_.lips.size(); ++i) insert(lips_, &rows_.lips[i].key, i + 1);
  for (std::uint32_t i = 0; i < rows_.dests.size(); ++i) insert(dests_, &rows_.dests[i].key, i + 1);
}

SteerTable::Vip& SteerTable::vip_row(const hvs_steer_vip_key& key) {
  std::uint32_t row = find(vips_, &key);
  if (row == 0) {
    vip_rows_.emplace_back();
    row = static_cast<std::uint32_t>(vip_rows_.size());
    insert(vips_, &key, row);
  }
  return vip_rows_[row - 1];
}

std::optional<ServiceSlot> SteerTable::service(const hvs_steer_service_key& key) const {
  const std::uint32_t row = find(services_, &key);
  if (row == 0) return std::nullopt;
  return rows_.services[row - 1].slot;
}

bool SteerTable::vip(const hvs_steer_vip_key& key) const { return find(vips_, &key) != 0; }

std::optional<ServiceSlot> SteerTable::ranged(const hvs_steer_vip_key& key, Be16 port) const {
  if (rows_.ranges.empty()) return std::nullopt;
  const std::uint32_t row = find(vips_, &key);
  if (row == 0) return std::nullopt;
  const Vip& vip = vip_rows_[row - 1];
  for (std::uint32_t i = 0; i < vip.count; ++i) {
    if (vip.ports[i].contains(L4Port{port.host()})) return vip.slots[i];
  }
  return std::nullopt;
}

const hvs_steer_lip* SteerTable::lip(const hvs_steer_lip_key& key) const {
  const std::uint32_t row = find(lips_, &key);
  return row == 0 ? nullptr : &rows_.lips[row - 1].ports;
}

std::vector<SteerTable::NetLevel> SteerTable::net_levels(const std::vector<SteerRows::NetRow>& rows) {
  std::map<std::pair<std::uint32_t, std::uint8_t>, std::vector<const SteerRows::NetRow*>> by_length;
  for (const auto& row : rows) by_length[{row.key.prefix_bits, row.key.family}].push_back(&row);
  std::vector<NetLevel> levels;
  for (auto level = by_length.rbegin(); level != by_length.rend(); ++level) {
    NetLevel& out = levels.emplace_back();
    out.length = static_cast<std::uint8_t>(level->first.first - HVS_STEER_NET_FAMILY_BITS);
    out.family = static_cast<Family>(level->first.second);
    out.cells = sized_for(level->second.size());
    for (const auto* row : level->second) {
      hvs_steer_lip_key key{};
      std::memcpy(key.addr, row->key.addr, sizeof key.addr);
      key.family = row->key.family;
      insert(out.cells, &key, row->net.protocols | kNetRow);
    }
  }
  return levels;
}

std::uint32_t SteerTable::find(const std::vector<NetLevel>& levels, const IpAddr& addr) {
  for (const NetLevel& level : levels) {
    if (level.family != addr.family) continue;
    const hvs_steer_lip_key key = lip_key(masked(addr, level.length));
    if (const std::uint32_t found = find(level.cells, &key); found != 0) return found & ~kNetRow;
  }
  return 0;
}

}  // namespace hvs
