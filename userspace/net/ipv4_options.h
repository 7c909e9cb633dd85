// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "net/headers.h"

namespace hvs {

/// The source route of an IPv4 packet has hops left, so that its destination is not the final one (RFC 791,
/// 3.1). `ip` lies in front of its options.
[[nodiscard]] bool source_route_left(const Ipv4Hdr& ip);

}  // namespace hvs
