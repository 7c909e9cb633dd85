// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "model/config.h"

namespace hvs {

/// The service needs local addresses of that family: it has dests of it in mode fullnat. Without such dests:
/// of its VIP's.
[[nodiscard]] bool uses_lips_of(const ServiceConfig& service, Family family);

}  // namespace hvs
