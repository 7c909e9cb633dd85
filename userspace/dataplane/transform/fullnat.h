// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "dataplane/conn/connection.h"
#include "net/parse.h"

namespace hvs {

/// Where a packet of a connection goes under FULLNAT: to_dest becomes LIP -> dest, to_client VIP -> client.
template <typename F>
struct Rewrite {
  typename F::Addr src;
  typename F::Addr dst;
  std::uint16_t src_port;  // raw
  std::uint16_t dst_port;  // raw

  static Rewrite of(const Connection<F>& c, Direction d) {
    if (d == Direction::to_dest) return {c.lip, c.dest, c.lip_port, c.dest_port};
    return {c.vip, c.client, c.vip_port, c.client_port};
  }
};

/// Rewrites addresses and ports, takes one from the TTL (hop limit) and adjusts the checksums by delta
/// (RFC 1624). `frame` is the frame that `p` was parsed from, kind flow, TTL above 1.
template <typename F>
void fullnat_flow(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to);

/// The same for a later fragment, which has addresses but neither ports nor checksum.
template <typename F>
void fullnat_fragment(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to);

/// Translates an ICMP error, outer packet and quote (RFC 5508, section 4.2). The quoted packet is one that
/// HVS sent in `quoted` direction; afterwards the quote shows what the other side had sent, and the error
/// goes there, from our address on that side. Quoted checksums are edited where the quote reaches them.
template <typename F>
void fullnat_icmp_error(std::uint8_t* frame, const Parsed& p, const Connection<F>& conn, Direction quoted);

}  // namespace hvs
