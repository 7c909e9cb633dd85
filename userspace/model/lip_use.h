// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "model/config.h"

namespace hvs {

/// The service needs local addresses of that family: it has dests of it in mode fullnat. Without such dests:
/// of its VIP's.
[[nodiscard]] bool uses_lips_of(const ServiceConfig& service, Family family);

/// The pool is the service's own: it has the service's name. Such a one may wait for its addresses.
[[nodiscard]] inline bool has_own_pool(const ServiceConfig& service) {
  return !service.lip_pool.empty() && service.lip_pool == service.name;
}
/// The service has dests of that family in mode fullnat, and its pool has no address for them.
[[nodiscard]] bool lacks_lips_of(const ServiceConfig& service, const LipPoolConfig& pool, Family family);

}  // namespace hvs
