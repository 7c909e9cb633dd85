// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "model/config.h"
#include "net/ip_addr.h"

namespace hvs {

/// What goes in front of every packet to one dest in mode tunnel. The headers are prepared: what is left to
/// each packet (transform/tunnel.h) are lengths, source address, traffic class, entropy and checksums.
struct alignas(64) Encap {
  /// IPv6, UDP, GUE. GRE with a checksum has 8 bytes as well, but no UDP.
  static constexpr unsigned kMaxBytes = 40 + 8 + 4;
  enum class Checksum : std::uint8_t { none, gre, udp };

  std::array<std::uint8_t, kMaxBytes> header{};
  std::uint8_t bytes = 0;  // used of it: what a packet grows by
  std::uint8_t l4 = 0;     // where the outer IP header ends
  TunnelType type = TunnelType::ipip;
  Checksum checksum = Checksum::none;
  bool entropy = false;      // some of it depends on the flow: UDP's source port, IPv6's flow label
  std::uint16_t ip_sum = 0;  // outer IPv4: the sum over its prepared header, raw
  IpAddr destination;        // of the outer packet; may be of another family than the inner one

  [[nodiscard]] Family outer() const { return destination.family; }
  /// What the outer IP header says: 4, 41, 47 or 17.
  [[nodiscard]] IpProto protocol() const;
  /// Of the dest; 0 where the type has no ports.
  [[nodiscard]] L4Port port() const;
};

/// `inner` is the family of the packets that are to be wrapped.
[[nodiscard]] Encap make_encap(const TunnelConfig& config, Family inner, const IpAddr& destination);

}  // namespace hvs
