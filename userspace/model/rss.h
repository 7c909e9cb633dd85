// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/ids.h"
#include "net/ip_addr.h"

namespace hvs {

/// What a NIC tells apart when it chooses which fields to hash.
enum class RssType : std::uint8_t { tcp_v4, udp_v4, tcp_v6, udp_v6 };
inline constexpr std::size_t kRssTypes = 4;
/// ICMP queries have no ports that a NIC could hash.
constexpr bool has_rss_type(std::uint8_t protocol) { return !is_icmp(static_cast<IpProto>(protocol)); }
constexpr RssType rss_type(Family family, std::uint8_t protocol) {
  const bool tcp = protocol == static_cast<std::uint8_t>(IpProto::tcp);
  if (family == Family::ipv4) return tcp ? RssType::tcp_v4 : RssType::udp_v4;
  return tcp ? RssType::tcp_v6 : RssType::udp_v6;
}

/// How the device spreads received frames over its queues, where that is known.
struct RssInfo {
  std::vector<std::uint8_t> key;    // Toeplitz key, empty: unknown
  std::vector<std::uint16_t> reta;  // queue by (hash % reta.size())
  // By RssType: the hash is over addresses and ports. False: it is over something else, the addresses alone
  // as a rule.
  std::array<bool, kRssTypes> over_ports{};

  [[nodiscard]] bool known() const { return !key.empty() && !reta.empty(); }
  [[nodiscard]] bool hashes_ports(RssType type) const { return over_ports[static_cast<std::size_t>(type)]; }
};

/// A frame's addresses and ports as it arrives at the NIC. Both addresses are of one family.
struct RssTuple {
  IpAddr src;
  IpAddr dst;
  L4Port src_port;
  L4Port dst_port;
  std::uint8_t protocol = static_cast<std::uint8_t>(IpProto::tcp);
};

/// The Toeplitz hash of Microsoft's "RSS Hashing Types". The key must be at least 4 bytes longer than the
/// input; bits that a shorter key lacks count as zero.
std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, std::span<const std::uint8_t> input);

/// Over addresses and ports (the "TCP/IPv4" and "TCP/IPv6" types).
std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, const RssTuple& tuple);

/// The receive queue on which the NIC puts such a frame; nothing when the NIC's RSS is not known, or it does
/// not hash the ports.
std::optional<QueueId> queue_of(const RssInfo& rss, const RssTuple& tuple);

}  // namespace hvs
