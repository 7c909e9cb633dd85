// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/choose_port_owners.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

namespace hvs {

namespace {

constexpr std::string_view kTypeNames[kRssTypes] = {"tcp/ipv4", "udp/ipv4", "tcp/ipv6", "udp/ipv6"};

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

/// Why a port's table cannot be followed; empty: it can.
std::string obstacle(const PortSpread& port) {
  const auto& reta = port.rss.reta;
  if (!port.rss.known())
    return "the device of port " + port.port + " does not tell how it spreads frames (RSS)";
  if (!std::has_single_bit(reta.size()) || reta.size() > PortOwners::kMaxTable) {
    return "the RSS table of port " + port.port + " has " + std::to_string(reta.size()) +
           " entries, not a power of two up to " + std::to_string(PortOwners::kMaxTable);
  }
  const std::uint16_t highest = *std::max_element(reta.begin(), reta.end());
  if (highest >= port.workers.size()) {
    return "the RSS table of port " + port.port + " names queue " + std::to_string(highest) +
           ", of which no " + "worker takes frames";
  }
  return {};
}

/// Worker by hash % size, as short as it can be: a table that repeats itself says the same as its half.
std::vector<WorkerId> worker_table(const PortSpread& port) {
  std::vector<WorkerId> table;
  table.reserve(port.rss.reta.size());
  for (const std::uint16_t queue : port.rss.reta) table.push_back(port.workers[queue]);
  while (table.size() > 1) {
    const auto half = table.begin() + static_cast<std::ptrdiff_t>(table.size() / 2);
    if (!std::equal(table.begin(), half, half)) break;
    table.erase(half, table.end());
  }
  return table;
}

/// Why RSS cannot be followed at all; empty: it can.
std::string obstacle(std::span<const PortSpread> ports, unsigned workers) {
  if (ports.empty()) return "there is no port";
  for (const PortSpread& port : ports) {
    if (auto why = obstacle(port); !why.empty()) return why;
  }
  const auto table = worker_table(ports.front());
  for (const PortSpread& port : ports) {
    if (port.rss.key != ports.front().rss.key) {
      return "ports " + ports.front().port + " and " + port.port + " differ in their RSS keys";
    }
    if (worker_table(port) != table) {
      return "ports " + ports.front().port + " and " + port.port +
             " spread frames over the workers differently (RSS tables, queues)";
    }
  }
  for (unsigned w = 0; w < workers; ++w) {
    // It may be asked to open connections all the same, once the table has changed.
    if (std::find(table.begin(), table.end(), WorkerId{static_cast<std::uint8_t>(w)}) == table.end())
      return "the RSS tables bring nothing to worker " + std::to_string(w);
  }
  return {};
}

std::string explain(const PortOwners& owners, const std::array<bool, kRssTypes>& hashed,
                    std::size_t entries) {
  std::vector<std::string_view> by_rss;
  std::vector<std::string_view> not_hashed;
  std::vector<std::string_view> narrow;
  for (std::size_t type = 0; type < kRssTypes; ++type) {
    const bool follows = owners.rss(static_cast<RssType>(type)) != nullptr;
    (follows ? by_rss : hashed[type] ? narrow : not_hashed).push_back(kTypeNames[type]);
  }
  std::string why;
  const auto add = [&](const std::string& text, const std::vector<std::string_view>& types) {
    if (!types.empty()) why += (why.empty() ? "" : "; ") + text + listed(types);
  };
  add("by RSS (" + std::to_string(entries) + " entries) for ", by_rss);
  add("in blocks, because the ports are not hashed (ethtool -N DEVICE rx-flow-hash), for ", not_hashed);
  add("in blocks, because the RSS key does not spread them over the table, for ", narrow);
  return why;
}

}  // namespace

PortOwnersChoice choose_port_owners(std::span<const PortSpread> ports, unsigned workers) {
  if (workers == 1) return {PortOwners(1), "to one worker"};
  if (const std::string why = obstacle(ports, workers); !why.empty()) {
    return {PortOwners(workers), "in blocks, because " + why};
  }
  std::array<bool, kRssTypes> hashed{};
  for (std::size_t type = 0; type < kRssTypes; ++type) {
    hashed[type] = std::all_of(ports.begin(), ports.end(), [&](const PortSpread& port) {
      return port.rss.hashes_ports(static_cast<RssType>(type));
    });
  }
  auto table = worker_table(ports.front());
  const std::size_t entries = table.size();
  PortOwners owners(workers, ports.front().rss.key, std::move(table), hashed);
  std::string why = explain(owners, hashed, entries);
  return {std::move(owners), std::move(why)};
}

}  // namespace hvs
