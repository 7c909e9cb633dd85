// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/transform/edit.h"

namespace hvs {

/// Mode dr (direct routing): the packet goes to the dest as it came, but for the TTL, which any router takes
/// one from; the dest has the VIP on an interface that does not answer ARP for it (Linux Virtual Server,
/// "Virtual Server via Direct Routing"). Flows, fragments and ICMP errors alike; TTL above 1.
template <typename F>
void direct_route(std::uint8_t* frame, std::uint16_t l3) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, l3);
  ChecksumDelta header;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
}

}  // namespace hvs
