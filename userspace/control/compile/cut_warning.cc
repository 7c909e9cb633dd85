// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/diff.h"

namespace hvs {

namespace {
constexpr unsigned kMaxNamed = 5;
}

std::optional<Error> cut_warning(const std::vector<CutService>& removed) {
  std::string names;
  unsigned services = 0;
  std::uint64_t connections = 0;
  for (const CutService& service : removed) {
    if (service.connections == 0) continue;
    connections += service.connections;
    if (++services <= kMaxNamed) names += (names.empty() ? "" : ", ") + service.name;
  }
  if (services == 0) return std::nullopt;
  if (services > kMaxNamed) names += " and " + std::to_string(services - kMaxNamed) + " more";
  return Error{(services == 1 ? "it had " : "they had ") + std::to_string(connections) + " open connection" +
                   (connections == 1 ? "" : "s") +
                   ", whose packets go to the kernel from now on, which resets those of TCP",
               (services == 1 ? "removed service " : "removed services ") + names,
               "To let connections end first, give all dests weight 0, and remove the service when "
               "`hvsctl services` shows none any more"};
}

}  // namespace hvs
