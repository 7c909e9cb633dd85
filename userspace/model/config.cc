// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/config.h"

#include <algorithm>

namespace hvs {

bool needs_lips(const ServiceConfig& service) {
  return std::any_of(service.dests.begin(), service.dests.end(), [&](const DestConfig& dest) {
    return dest.mode.value_or(service.mode) == ForwardingMode::fullnat;
  });
}

}  // namespace hvs
