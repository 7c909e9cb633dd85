// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace hvs {

/// What a reload would change, as people are told of it.
struct ConfigDiff {
  struct Change {
    std::string name;                  // service name, or "service: address:port" of a dest
    std::vector<std::string> details;  // "scheduler: rr -> wrr"; of changed ones only
  };
  std::vector<std::string> services_added;
  std::vector<std::string> services_removed;
  std::vector<Change> services_changed;  // its own settings; dests are below
  std::vector<std::string> dests_added;  // of services that stay
  std::vector<std::string> dests_removed;
  std::vector<Change> dests_changed;
  std::vector<std::string> snat_added;
  std::vector<std::string> snat_removed;
  std::vector<Change> snat_changed;
  std::vector<std::string> pools_changed;  // added, removed or changed pools, in words
  std::vector<std::string> other_changed;  // reloadable settings that are no service: "log.level: ..."
  /// Settings that only a restart can change: their key paths with both values.
  std::vector<std::string> needs_restart;

  [[nodiscard]] bool empty() const;
  /// One line a change.
  [[nodiscard]] std::vector<std::string> summary() const;
  /// Refuses the whole reload when a setting needs a restart, naming each; nothing is applied by halves.
  [[nodiscard]] Result<void> reloadable() const;
};

/// Services are matched by (first) VIP, protocol and port, dests by address and port, snat rules by name.
ConfigDiff diff_configs(const Config& before, const Config& after);

}  // namespace hvs
