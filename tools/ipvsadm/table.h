// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace hvs::ipvs {

struct Flow {
  std::uint64_t connections = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

struct DestRow {
  DestConfig config;
  Flow total;
  Flow rate;
  std::uint64_t active = 0;
  std::uint64_t inactive = 0;
  std::uint64_t persistent = 0;  // clients that return to it
};

struct ServiceRow {
  ServiceConfig config;
  Flow total;
  Flow rate;
  std::vector<DestRow> dests;
};

/// The running configuration with its counters.
struct VirtualTable {
  Config config;
  std::vector<ServiceRow> rows;

  /// By protocol, address and port, as ipvsadm does.
  void sort();
};

/// From the API's /v1/config, /v1/services and /v1/dests; rows without counters have none.
Result<VirtualTable> read_table(const std::string& config_yaml, std::string_view services_json,
                                std::string_view dests_json);

}  // namespace hvs::ipvs
