// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/lip_use.h"

#include <algorithm>

namespace hvs {

bool uses_lips_of(const ServiceConfig& service, Family family) {
  const auto fullnat = [&](const DestConfig& dest) {
    return dest.mode.value_or(service.mode) == ForwardingMode::fullnat;
  };
  if (std::none_of(service.dests.begin(), service.dests.end(), fullnat)) return service.vip.family == family;
  return std::any_of(service.dests.begin(), service.dests.end(),
                     [&](const DestConfig& dest) { return fullnat(dest) && dest.address.family == family; });
}

bool lacks_lips_of(const ServiceConfig& service, const LipPoolConfig& pool, Family family) {
  return needs_lips(service) && uses_lips_of(service, family) &&
         std::none_of(pool.addresses.begin(), pool.addresses.end(),
                      [&](const IpAddr& a) { return a.family == family; });
}

}  // namespace hvs
