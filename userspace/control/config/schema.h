// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <optional>

#include "control/config/setting.h"
#include "model/config.h"

namespace hvs::config {

/// A file as it is written.
using Document = Config;

/// The default timeouts that differ from those of the field, and those of a service that differ from the
/// default ones; nothing when none does.
std::optional<YamlNode> write_timeouts(const Timeouts& timeouts, const Timeouts& defaults);

inline constexpr std::size_t kMaxLips = 4096;  // rows of steer_lips
inline constexpr std::size_t kMaxSnatRules = 256;
inline constexpr std::size_t kMaxSnatNets = 256;  // of a rule, on either side
inline constexpr std::size_t kMaxCpu = 1023;
inline constexpr std::size_t kMaxNameLength = 64;

const Section<Document>& log_section();
const Section<Document>& control_section();
const Section<Document>& connections_section();
const Section<WorkersConfig>& workers_section();
const Section<MemoryConfig>& memory_section();
const Section<Timeouts>& timeouts_section();
const Section<PortConfig>& port_section();
const Section<LipPoolConfig>& lip_pool_section();
const Section<TunnelConfig>& tunnel_section();
const Section<PersistenceConfig>& persistence_section();
const Section<DestConfig>& dest_section();
const Section<ServiceConfig>& service_section();
const Section<SnatConfig>& snat_section();
const Section<Document>& document_section();

}  // namespace hvs::config
