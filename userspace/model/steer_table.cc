// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/steer_table.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>

#include "base/check.h"

namespace hvs {

namespace {

using NetRow = SteerRows::NetRow;

unsigned length_of(const NetRow& row) { return row.key.prefix_bits - HVS_STEER_NET_FAMILY_BITS; }
Family family_of(const NetRow& row) { return static_cast<Family>(row.key.family); }
bool is_host(const NetRow& row) { return length_of(row) == (family_of(row) == Family::ipv6 ? 128U : 32U); }
hvs_steer_lip_key address_of(const NetRow& row) {
  hvs_steer_lip_key key{};
  std::memcpy(key.addr, row.key.addr, sizeof key.addr);
  key.family = row.key.family;
  return key;
}

}  // namespace

SteerTable::Words SteerTable::words_of(const void* key) {
  Words words{};
  const auto* bytes = static_cast<const std::uint8_t*>(key);
  std::memcpy(&words.a, bytes, 8);
  std::memcpy(&words.b, bytes + 8, 8);
  std::memcpy(&words.c, bytes + 16, 4);
  return words;
}

// The keys are configuration, not the attacker's, so the hash needs to spread but not to be secret.
std::uint64_t SteerTable::hash(const Words& key) {
  std::uint64_t h = (key.a ^ 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 32) ^ key.b) * 0xc4ceb9fe1a85ec53ULL;
  h = (h ^ (h >> 29) ^ key.c) * 0x9fb21c651e98df25ULL;
  return h ^ (h >> 32);
}

std::vector<SteerTable::Cell> SteerTable::sized_for(std::size_t rows) {
  return std::vector<Cell>(std::bit_ceil(rows * 2 + 2), Cell{});
}

std::uint32_t SteerTable::find(const std::vector<Cell>& cells, const Words& key) {
  if (cells.empty()) return 0;
  const std::size_t mask = cells.size() - 1;
  for (std::size_t i = hash(key) & mask;; i = (i + 1) & mask) {
    const Words at = words_of(cells[i].key);
    if (cells[i].value == 0 || ((at.a ^ key.a) | (at.b ^ key.b) | (at.c ^ key.c)) == 0) return cells[i].value;
  }
}

void SteerTable::insert(std::vector<Cell>& cells, const void* key, std::uint32_t value) {
  const std::size_t mask = cells.size() - 1;
  std::size_t i = hash(words_of(key)) & mask;
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
      inside_{nets_of(rows.inside, Family::ipv4), nets_of(rows.inside, Family::ipv6)},
      outside_{nets_of(rows.outside, Family::ipv4), nets_of(rows.outside, Family::ipv6)} {
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
  note_names();
}

void SteerTable::note_names() {
  // Of a host elsewhere, one in 16 at most is looked up for nothing.
  const auto hosts = [](const std::vector<NetRow>& nets) {
    return static_cast<std::size_t>(std::count_if(nets.begin(), nets.end(), is_host));
  };
  const std::size_t rows = rows_.services.size() + rows_.ranges.size() + rows_.lips.size() +
                           rows_.dests.size() + hosts(rows_.inside) + hosts(rows_.outside);
  const std::size_t bits = std::bit_ceil(std::max<std::size_t>(rows * 16, 64));
  named_.assign(bits / 64, 0);
  named_shift_ = 64 - static_cast<unsigned>(std::countr_zero(bits));
  const auto note = [&](const auto& key) {
    IpAddr addr;
    std::memcpy(addr.bytes.data(), key.addr, sizeof key.addr);
    addr.family = static_cast<Family>(key.family);
    const std::size_t bit = std::hash<IpAddr>{}(addr) >> named_shift_;
    named_[bit / 64] |= std::uint64_t{1} << bit % 64;
  };
  for (const auto& row : rows_.services) note(row.key);
  for (const auto& row : rows_.ranges) note(row.key);
  for (const auto& row : rows_.lips) note(row.key);
  for (const auto& row : rows_.dests) note(row.key);
  for (const auto* nets : {&rows_.inside, &rows_.outside}) {
    for (const auto& row : *nets) {
      if (is_host(row)) note(row.key);
    }
  }
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

SteerTable::NetLevel SteerTable::level_of(const std::vector<const NetRow*>& rows) {
  NetLevel level;
  IpAddr ones{{}, family_of(*rows.front())};
  ones.bytes.fill(0xff);
  const hvs_steer_lip_key mask = lip_key(masked(ones, length_of(*rows.front())));
  level.mask = words_of(&mask);
  const bool few = rows.size() <= kFewNets;
  if (!few) level.cells = sized_for(rows.size());
  for (const NetRow* row : rows) {
    const hvs_steer_lip_key key = address_of(*row);
    const std::uint32_t value = row->net.protocols | kNetRow;
    const Words words = words_of(&key);
    few ? level.few.push_back({words.a, words.b, value}) : insert(level.cells, &key, value);
  }
  return level;
}

SteerTable::Nets SteerTable::nets_of(const std::vector<NetRow>& rows, Family family) {
  Nets nets;
  std::map<unsigned, std::vector<const NetRow*>, std::greater<>> by_length;
  std::vector<const NetRow*> hosts;
  for (const NetRow& row : rows) {
    if (family_of(row) == family) (is_host(row) ? hosts : by_length[length_of(row)]).push_back(&row);
  }
  for (const auto& of_length : by_length) nets.levels.push_back(level_of(of_length.second));
  if (!hosts.empty()) nets.hosts = sized_for(hosts.size());
  for (const NetRow* row : hosts) {
    const hvs_steer_lip_key key = address_of(*row);
    insert(nets.hosts, &key, row->net.protocols | kNetRow);
  }
  for (unsigned first = 0; first < nets.by_first_byte.size(); ++first) {
    IpAddr addr{{}, family};
    addr.bytes[0] = static_cast<std::uint8_t>(first);
    nets.by_first_byte[first] = search(nets.levels, addr);
  }
  for (const auto& [length, of_length] : by_length) {
    if (length <= 8) continue;
    for (const NetRow* row : of_length) nets.by_first_byte[row->key.addr[0]] = kNetRow;
  }
  return nets;
}

std::uint32_t SteerTable::search(const std::vector<NetLevel>& levels, const IpAddr& addr) {
  Words whole{};
  std::memcpy(&whole.a, addr.bytes.data(), sizeof whole.a);
  std::memcpy(&whole.b, addr.bytes.data() + sizeof whole.a, sizeof whole.b);
  for (const NetLevel& level : levels) {
    const std::uint64_t a = whole.a & level.mask.a;
    const std::uint64_t b = whole.b & level.mask.b;
    for (const NetLevel::Net& net : level.few) {
      if (((net.a ^ a) | (net.b ^ b)) == 0) return net.value & ~kNetRow;
    }
    if (level.cells.empty()) continue;
    const Words key{a, b, static_cast<std::uint8_t>(addr.family)};  // as lip_key() has it
    if (const std::uint32_t found = find(level.cells, key); found != 0) return found & ~kNetRow;
  }
  return 0;
}

}  // namespace hvs
