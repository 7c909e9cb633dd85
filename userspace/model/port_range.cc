// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/port_range.h"

namespace hvs {

std::string PortRange::text() const {
  if (any()) return "any";
  const std::string first = std::to_string(low.value);
  return single() ? first : first + "-" + std::to_string(high.value);
}

std::string endpoint_text(const IpAddr& addr, const std::string& ports) {
  return (addr.is_v4() ? addr.text() : "[" + addr.text() + "]") + ":" + ports;
}

}  // namespace hvs
