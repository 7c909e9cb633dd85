// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/conn/connection.h"
#include "model/encap.h"

// Mode tunnel: the packet travels whole inside of another one to the dest, which unwraps it, has the VIP, and
// answers the client by itself.
namespace hvs {

/// The same number for all packets of a connection, fragments included, and on all workers: it becomes the
/// outer packet's UDP source port or IPv6 flow label, by which routers spread flows over paths (RFC 6438).
[[nodiscard]] std::uint32_t tunnel_entropy(const FlowKey<V4>& flow);
[[nodiscard]] std::uint32_t tunnel_entropy(const FlowKey<V6>& flow);

/// UDP source ports of tunnels: the dynamic ports of RFC 6335.
inline constexpr std::uint16_t kTunnelPortLow = 49152;

/// Writes `encap.bytes` bytes of headers to `outer`; the inner IP packet of `inner_bytes` lies behind them.
/// Its traffic class is copied, ECN included (RFC 6040, normal mode; RFC 2983, uniform model).
void encapsulate(std::uint8_t* outer, std::uint16_t inner_bytes, const Encap& encap, const IpAddr& source,
                 std::uint32_t entropy);

}  // namespace hvs
