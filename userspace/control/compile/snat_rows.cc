// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/snat_rows.h"

#include <map>

namespace hvs {

namespace {

using Nets = std::map<IpPrefix, std::uint32_t>;

/// The longest prefix has the say, so each has what those around it have.
std::uint32_t with_wider(const Nets& nets, const IpPrefix& prefix) {
  std::uint32_t protocols = 0;
  for (unsigned length = 0; length <= prefix.length; ++length) {
    const auto found = nets.find({masked(prefix.addr, length), static_cast<std::uint8_t>(length)});
    if (found != nets.end()) protocols |= found->second;
  }
  return protocols;
}

Nets widened(const Nets& nets) {
  Nets out;
  for (const auto& net : nets) out.emplace(net.first, with_wider(nets, net.first));
  return out;
}

std::vector<SteerRows::NetRow> rows_of(const Nets& nets) {
  std::vector<SteerRows::NetRow> rows;
  rows.reserve(nets.size());
  for (const auto& [prefix, protocols] : nets) rows.push_back({net_key(prefix), {protocols}});
  return rows;
}

}  // namespace

void add_snat_rows(const std::vector<SnatRule>& rules, const std::vector<SnatRule>& former,
                   const std::set<IpAddr>& ours, SteerRows& rows) {
  Nets inside;
  Nets outside;
  for (const auto* list : {&rules, &former}) {
    for (const SnatRule& rule : *list) {
      for (const IpPrefix& from : rule.from) inside[from] |= rule.protocols;
      for (const IpPrefix& to : rule.to) outside[to] |= rule.protocols;
    }
  }
  if (inside.empty()) return;
  outside = widened(outside);
  for (const IpPrefix& never : never_outside()) outside[never] = 0;
  for (const IpAddr& addr : ours) outside[{addr, static_cast<std::uint8_t>(addr.is_v4() ? 32 : 128)}] = 0;
  rows.inside = rows_of(widened(inside));
  rows.outside = rows_of(outside);
}

}  // namespace hvs
