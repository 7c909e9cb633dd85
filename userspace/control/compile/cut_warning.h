// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace hvs {

/// A service that loses what it was reached by: its connections by that are the kernel's then.
struct CutService {
  std::string name;
  std::vector<std::string> parts;  // "10.10.0.100:81-90"; empty: all
  std::uint64_t connections = 0;   // of the service, to be filled in
  friend bool operator==(const CutService&, const CutService&) = default;
};

/// Services of `before` with VIPs and ports that no service or local address of `after` has, whatever its
/// name: what `after` still steers goes on.
[[nodiscard]] std::vector<CutService> cut_services(const Config& before, const Config& after);

/// Warns of what becomes of their connections.
[[nodiscard]] std::vector<Error> cut_warnings(const std::vector<CutService>& cut);

}  // namespace hvs
