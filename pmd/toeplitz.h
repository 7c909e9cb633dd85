// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/ids.h"
#include "net/ip_addr.h"
#include "pmd/port.h"

namespace hvs {

/// A frame's addresses and ports as it arrives at the NIC. Both addresses are of one family.
struct RssTuple {
  IpAddr src;
  IpAddr dst;
  L4Port src_port;
  L4Port dst_port;
};

/// The Toeplitz hash of Microsoft's "RSS Hashing Types". The key must be at least 4 bytes longer than the
/// input; bits that a shorter key lacks count as zero.
std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, std::span<const std::uint8_t> input);

/// Over addresses and ports (the "TCP/IPv4" and "TCP/IPv6" types).
std::uint32_t toeplitz_hash(std::span<const std::uint8_t> key, const RssTuple& tuple);

/// The receive queue on which the NIC puts such a frame; nothing when the NIC's RSS is not known.
std::optional<QueueId> queue_of(const RssInfo& rss, const RssTuple& tuple);

}  // namespace hvs
