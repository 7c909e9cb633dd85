// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/native_port.h"

#include "pmd/probe.h"

namespace hvs {

Result<std::unique_ptr<Port>> open_native_port(const PortConfig& config, const DeviceFacts& facts,
                                               const NativeOptions&) {
  return native_not_available(config, facts);
}

}  // namespace hvs
