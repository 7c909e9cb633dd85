// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/row_sync.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "net/ip_addr.h"

namespace hvs {

namespace {

/// Every key of the hash maps has 20 bytes, those of the networks 24.
template <std::size_t bytes>
using RowKeyOf = std::array<std::uint8_t, bytes>;
using RowKey = RowKeyOf<20>;
using NetRowKey = RowKeyOf<sizeof(hvs_steer_net_key)>;

template <typename T>
RowKeyOf<sizeof(T)> row_key(const T& key) {
  RowKeyOf<sizeof(T)> out;
  std::memcpy(out.data(), &key, sizeof key);
  return out;
}

/// The maps' values are a word or two without padding.
template <typename Value>
bool same(const Value& a, const Value& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

std::string address_text(const std::uint8_t* bytes, std::uint8_t family) {
  IpAddr addr;
  std::memcpy(addr.bytes.data(), bytes, addr.bytes.size());
  addr.family = static_cast<Family>(family);
  return addr.text();
}

template <typename Value, typename Key = RowKey>
using Rows = std::map<Key, Value>;

/// One map: what it should hold and what it holds.
template <typename Value, typename Key = RowKey>
struct Table {
  const char* name;
  int fd;
  std::size_t family_offset;  // in the key, for messages
  Rows<Value, Key> wanted;
  Rows<Value, Key> present;
  std::size_t addr_offset = 0;

  void read() {
    Key key;
    Key next;
    const void* previous = nullptr;
    while (bpf_map_get_next_key(fd, previous, next.data()) == 0) {
      key = next;
      Value value{};
      if (bpf_map_lookup_elem(fd, key.data(), &value) == 0) present.emplace(key, value);
      previous = key.data();
    }
  }
  Result<void> add() const {
    for (const auto& [key, value] : wanted) {
      const auto old = present.find(key);
      if (old != present.end() && same(old->second, value)) continue;
      if (bpf_map_update_elem(fd, key.data(), &value, BPF_ANY) == 0) continue;
      const bool full = errno == E2BIG;
      return Error{"cannot add a row for " + address_text(key.data() + addr_offset, key[family_offset]) +
                       ": " + (full ? std::string("the map is full") : errno_text()),
                   name, full ? "Configure fewer addresses or services" : ""};
    }
    return {};
  }
  Result<void> remove() const {
    for (const auto& entry : present) {
      if (wanted.count(entry.first) != 0) continue;
      if (bpf_map_delete_elem(fd, entry.first.data()) != 0 && errno != ENOENT)
        return Error{"cannot remove a row: " + errno_text(), name, ""};
    }
    return {};
  }
};

std::size_t cpus() {
  static const int count = libbpf_num_possible_cpus();
  return count > 0 ? static_cast<std::size_t>(count) : 1;
}

Result<void> clear_stats_row(int fd, std::uint32_t row) {
  const std::vector<hvs_steer_stats> zero(cpus());
  if (bpf_map_update_elem(fd, &row, zero.data(), BPF_EXIST) != 0)
    return Error{"cannot clear row " + std::to_string(row) + ": " + errno_text(), "steer_stats", ""};
  return {};
}

std::set<std::uint32_t> stats_rows(const Rows<hvs_steer_service>& services, const Rows<hvs_steer_vip>& vips) {
  std::set<std::uint32_t> used;
  for (const auto& entry : services) used.insert(entry.second.stats_index);
  for (const auto& entry : vips) {
    const hvs_steer_vip& vip = entry.second;
    for (std::uint32_t i = 0; i < vip.ranges_used && i < HVS_STEER_VIP_RANGES; ++i)
      used.insert(vip.ranges[i].stats_index);
  }
  return used;
}

/// Counters of rows that no service used until now start from zero.
Result<void> clear_new_stats(int fd, const Table<hvs_steer_service>& services,
                             const Table<hvs_steer_vip>& vips) {
  const auto used = stats_rows(services.present, vips.present);
  for (const std::uint32_t row : stats_rows(services.wanted, vips.wanted)) {
    if (used.count(row) != 0) continue;
    if (auto status = clear_stats_row(fd, row); !status) return status;
  }
  return {};
}

Result<std::uint32_t> checked_stats_row(ServiceSlot slot) {
  if (stats_row(slot) < HVS_STEER_STATS_ROWS) return stats_row(slot);
  return Error{"service slot " + std::to_string(slot.value) + " has no row of counters", "steer_stats",
               "Configure fewer services"};
}

Result<void> add_range(const SteerRows::RangeRow& row, Rows<hvs_steer_vip>& vips) {
  const auto stats = checked_stats_row(row.slot);
  if (!stats) return stats.error();
  const RowKey key = row_key(row.key);
  hvs_steer_vip& vip = vips[key];
  if (vip.ranges_used == HVS_STEER_VIP_RANGES)
    return Error{"more than " + std::to_string(HVS_STEER_VIP_RANGES) + " ranges of ports of " +
                     address_text(key.data(), row.key.family),
                 "steer_vips", "Join ranges"};
  vip.ranges[vip.ranges_used++] = {row.ports.low.value, row.ports.high.value, *stats};
  return {};
}

using NetTable = Table<hvs_steer_net, NetRowKey>;

NetTable net_table(const char* name, const Fd& map, const std::vector<SteerRows::NetRow>& rows) {
  NetTable table{name, map.get(), offsetof(hvs_steer_net_key, family),
                 {},   {},        offsetof(hvs_steer_net_key, addr)};
  for (const auto& row : rows) table.wanted[row_key(row.key)] = row.net;
  table.read();
  return table;
}

Result<void> fill(const SteerRows& rows, Table<hvs_steer_service>& services, Table<hvs_steer_vip>& vips,
                  Table<hvs_steer_lip>& lips, Table<hvs_steer_dest>& dests) {
  for (const auto& row : rows.services) {
    const auto stats = checked_stats_row(row.slot);
    if (!stats) return stats.error();
    services.wanted[row_key(row.key)] = {*stats, 0};
    hvs_steer_vip_key vip{};
    std::memcpy(vip.addr, row.key.addr, sizeof vip.addr);
    vip.protocol = row.key.protocol;
    vip.family = row.key.family;
    ++vips.wanted[row_key(vip)].services;
  }
  for (const auto& row : rows.ranges) {
    if (auto status = add_range(row, vips.wanted); !status) return status;
  }
  for (const auto& row : rows.lips) lips.wanted[row_key(row.key)] = row.ports;
  for (const auto& row : rows.dests) dests.wanted[row_key(row.key)] = row.row;
  return {};
}

}  // namespace

Result<void> sync_rows(const SharedMaps& maps, const SteerRows& rows) {
  Table<hvs_steer_service> services{
      "steer_services", maps.services.get(), offsetof(hvs_steer_service_key, family), {}, {}};
  Table<hvs_steer_vip> vips{"steer_vips", maps.vips.get(), offsetof(hvs_steer_vip_key, family), {}, {}};
  Table<hvs_steer_lip> lips{"steer_lips", maps.lips.get(), offsetof(hvs_steer_lip_key, family), {}, {}};
  Table<hvs_steer_dest> dests{
      "steer_dests", maps.dests.get(), offsetof(hvs_steer_service_key, family), {}, {}};
  if (auto status = fill(rows, services, vips, lips, dests); !status) return status;
  services.read();
  vips.read();
  lips.read();
  dests.read();
  const NetTable inside = net_table("steer_inside", maps.inside, rows.inside);
  const NetTable outside = net_table("steer_outside", maps.outside, rows.outside);

  // A service's first packet may come at once, so all that its connection needs is in before it.
  if (auto status = lips.add(); !status) return status;
  if (auto status = dests.add(); !status) return status;
  if (auto status = clear_new_stats(maps.stats.get(), services, vips); !status) return status;
  if (auto status = outside.add(); !status) return status;
  if (auto status = inside.add(); !status) return status;
  if (auto status = vips.add(); !status) return status;
  if (auto status = services.add(); !status) return status;
  if (auto status = services.remove(); !status) return status;
  if (auto status = vips.remove(); !status) return status;
  if (auto status = inside.remove(); !status) return status;
  if (auto status = outside.remove(); !status) return status;
  if (auto status = dests.remove(); !status) return status;
  return lips.remove();
}

std::uint16_t rare_rows(const SteerRows& rows) {
  std::uint16_t rare = rows.ranges.empty() ? 0 : HVS_STEER_RARE_RANGES;
  for (const auto& row : rows.dests) {
    if ((row.row.uses & HVS_STEER_DEST_NAT_ANY) != 0) rare |= HVS_STEER_RARE_NAT_ANY;
  }
  return rare;
}

hvs_steer_stats read_stats_row(const SharedMaps& maps, std::uint32_t row) {
  static_assert(sizeof(hvs_steer_stats) % 8 == 0);
  hvs_steer_stats sum{};
  std::vector<hvs_steer_stats> per_cpu(cpus());
  if (row >= HVS_STEER_STATS_ROWS || bpf_map_lookup_elem(maps.stats.get(), &row, per_cpu.data()) != 0)
    return sum;
  for (const auto& one : per_cpu) {
    sum.steered_packets += one.steered_packets;
    sum.steered_bytes += one.steered_bytes;
    sum.passed_packets += one.passed_packets;
    sum.held_packets += one.held_packets;
  }
  return sum;
}

}  // namespace hvs
