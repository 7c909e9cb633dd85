// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <string>
#include <vector>

#include "dataplane/classify/rule.h"
#include "model/steer_table.h"
#include "tests/support/packet.h"

namespace hvs::test {

/// The rows that the cases and the frame generator speak of.
///   services: 10.10.0.100 tcp 80 (slot 0), udp 53 (1); fd10::100 tcp 80 (2), udp 53 (3); 10.10.0.101 tcp 443
///   (4); tcp ranges 10.10.0.100 8000-8099 (5), 10.10.0.102 9000-9999 (8) and any port (6) but for 443 and
///   9443 (7); fd10::102 udp any port (9); the LIP 10.20.0.10 has tcp 9000-9999 and 10240-20000 (5), too.
///   LIPs: 10.20.0.10 ports 10240-65535, fd20::10 ports 10240-20000; for queries, too: 10.50.0.9, fd50::9
///   inside: 10.60.1.0/24, fd60::/16 and for some protocols 10.60.0.0/16
SteerRows case_rows();

/// One frame and what the steering rule says about it: run through classify/ and through the XDP program.
struct SteerCase {
  std::string name;  // CamelCase, says what is special
  Bytes frame;
  SteerMatch::What what;
  std::uint32_t slot = 0;  // of What::service
};
const std::vector<SteerCase>& steer_cases();

}  // namespace hvs::test
