// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/conn/connection.h"
#include "model/encap.h"
#include "net/checksum.h"
#include "net/headers.h"

// Mode tunnel: the packet travels whole inside of another one to the dest, which unwraps it, has the VIP, and
// answers the client by itself.
namespace hvs {

/// The same number for all packets of a connection, fragments included, and on all workers: it becomes the
/// outer packet's UDP source port or IPv6 flow label, by which routers spread flows over paths (RFC 6438).
[[nodiscard]] std::uint32_t tunnel_entropy(const FlowKey<V4>& flow);
[[nodiscard]] std::uint32_t tunnel_entropy(const FlowKey<V6>& flow);

/// UDP source ports of tunnels: the dynamic ports of RFC 6335.
inline constexpr std::uint16_t kTunnelPortLow = 49152;

inline constexpr std::uint32_t kFlowLabelMask = 0xfffff;

/// Writes `encap.bytes` bytes of headers to `outer`; the inner IP packet of `inner_bytes` lies behind them.
/// Its traffic class is copied, ECN included (RFC 6040, normal mode; RFC 2983, uniform model).
void encapsulate(std::uint8_t* outer, std::uint16_t inner_bytes, const Encap& encap, const IpAddr& source,
                 std::uint32_t entropy);

/// The same where the outer IP header is all (TunnelType::ipip), put together in registers. F: the inner
/// packet's family.
template <typename F>
inline void encapsulate_in_ip(std::uint8_t* outer, std::uint16_t inner_bytes, const Encap& encap,
                              const IpAddr& source, std::uint32_t entropy) {
  static_assert(std::endian::native == std::endian::little);
  const std::uint8_t* inner = outer + encap.bytes;
  std::uint8_t tos = inner[1];
  if constexpr (F::family == Family::ipv6) tos = static_cast<std::uint8_t>(inner[0] << 4 | inner[1] >> 4);
  std::uint64_t first = 0;
  std::memcpy(&first, encap.header.data(), sizeof first);
  if (encap.outer() == Family::ipv4) {
    const Be16 total{static_cast<std::uint16_t>(sizeof(Ipv4Hdr) + inner_bytes)};
    first |= std::uint64_t{tos} << 8 | std::uint64_t{total.raw()} << 16;
    const std::uint32_t src = source.as_v4().raw();
    const Be16 sum = Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(
        std::uint64_t{encap.ip_sum} + (std::uint64_t{tos} << 8) + total.raw() + std::uint64_t{src})));
    std::uint64_t second = 0;
    std::memcpy(&second, encap.header.data() + 8, sizeof second);
    second |= std::uint64_t{sum.raw()} << 16 | std::uint64_t{src} << 32;
    std::memcpy(outer, &first, sizeof first);
    std::memcpy(outer + 8, &second, sizeof second);
    std::memcpy(outer + 16, encap.header.data() + 16, 4);
  } else {
    const Be32 class_flow{std::uint32_t{tos} << 20 | (entropy & kFlowLabelMask)};
    first |= class_flow.raw() | std::uint64_t{Be16{inner_bytes}.raw()} << 32;
    std::memcpy(outer, &first, sizeof first);
    std::memcpy(outer + offsetof(Ipv6Hdr, src), source.bytes.data(), sizeof source.bytes);
    std::memcpy(outer + offsetof(Ipv6Hdr, dst), encap.header.data() + offsetof(Ipv6Hdr, dst), 16);
  }
}

}  // namespace hvs
