// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "base/check.h"
#include "dataplane/conn/connection.h"
#include "dataplane/transform/edit.h"
#include "dataplane/transform/sctp.h"
#include "net/parse.h"

// Modes fullnat, nat and snat: both ends of a connection see addresses and ports that we put there. What
// differs between them stands in the connection's LIP (conn/connection.h).
namespace hvs {

/// Where a packet of a connection goes: to_dest becomes LIP -> dest, to_client VIP -> client.
template <typename F>
struct Rewrite {
  typename F::Addr src;
  typename F::Addr dst;
  std::uint16_t src_port;  // raw
  std::uint16_t dst_port;  // raw

  static Rewrite of(const Connection<F>& c, Direction d) {
    // What the other direction's frames look like, the other way round.
    const FlowKey<F> other = c.key(opposite(d));
    return {other.dst, other.src, other.dst_port, other.src_port};
  }
};

/// The L4 checksum after an edit of addresses or ports; `before` are the ports before it.
template <typename F>
[[gnu::always_inline]] inline void apply_l4_delta(std::uint8_t* frame, std::uint16_t l4_at, std::uint16_t end,
                                                  std::uint8_t protocol, const ChecksumDelta& l4,
                                                  const L4Ports& before) {
  if (protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    auto& tcp = header_at<TcpHdr>(frame, l4_at);
    tcp.checksum = l4.applied_to(tcp.checksum);
  } else if (HVS_LIKELY(protocol == static_cast<std::uint8_t>(IpProto::udp))) {
    auto& udp = header_at<UdpHdr>(frame, l4_at);
    udp.checksum = udp_checksum_after(udp.checksum, l4);
  } else {
    mend_sctp_checksum(header_at<SctpHdr>(frame, l4_at), before, std::size_t{end} - l4_at);
  }
}

/// Rewrites addresses and ports, takes one from the TTL (hop limit) and adjusts the checksums by delta
/// (RFC 1624). `frame` has its headers at `l3` and `l4_at`, and its packet ends at `end`; TTL above
/// 1.
template <typename F>
[[gnu::always_inline]] inline void rewrite_flow(std::uint8_t* frame, std::uint16_t l3, std::uint16_t l4_at,
                                                std::uint16_t end, std::uint8_t protocol,
                                                const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, l3);
  auto& ports = header_at<L4Ports>(frame, l4_at);

  const ChecksumDelta addresses = rewrite_addresses<F>(ip, to.src, to.dst);
  ChecksumDelta header = addresses;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);

  ChecksumDelta l4 = addresses;  // through the pseudo-header
  const L4Ports before = ports;
  l4.replace(ports.src.raw(), to.src_port);
  l4.replace(ports.dst.raw(), to.dst_port);
  ports.src = Be16::from_raw(to.src_port);
  ports.dst = Be16::from_raw(to.dst_port);

  apply_l4_delta<F>(frame, l4_at, end, protocol, l4, before);
}

/// The same in mode nat, where the client's end stays as it is: half the work. Which end it is changes from
/// frame to frame, so it is counted with, not branched upon.
template <typename F>
[[gnu::always_inline]] inline void rewrite_end(std::uint8_t* frame, std::uint16_t l3, std::uint16_t l4_at,
                                               std::uint16_t end, std::uint8_t protocol, Direction d,
                                               const typename Connection<F>::End& to) {
  using Ip = typename IpHeader<F>::Type;
  using Addr = typename F::Addr;
  static_assert(offsetof(Ip, dst) == offsetof(Ip, src) + sizeof(Addr));
  static_assert(offsetof(L4Ports, dst) == offsetof(L4Ports, src) + sizeof(to.port));
  const std::size_t at = d == Direction::to_dest ? 1 : 0;
  std::uint8_t* const addr = frame + l3 + offsetof(Ip, src) + at * sizeof(Addr);
  std::uint8_t* const port = frame + l4_at + at * sizeof(to.port);
  Addr addr_before;
  std::memcpy(&addr_before, addr, sizeof addr_before);
  std::uint16_t port_before = 0;
  std::memcpy(&port_before, port, sizeof port_before);
  const L4Ports ports_before = header_at<L4Ports>(frame, l4_at);

  ChecksumDelta l4;
  if constexpr (F::family == Family::ipv4) {
    l4.replace(addr_before, to.addr);
  } else {
    l4.replace(std::array{addr_before.lo, addr_before.hi}, std::array{to.addr.lo, to.addr.hi});
  }
  auto& ip = header_at<Ip>(frame, l3);
  ChecksumDelta header = l4;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
  l4.replace(port_before, to.port);
  std::memcpy(addr, &to.addr, sizeof to.addr);
  std::memcpy(port, &to.port, sizeof to.port);
  apply_l4_delta<F>(frame, l4_at, end, protocol, l4, ports_before);
}

/// The same for the frame that `p` was parsed from, kind flow.
template <typename F>
void rewrite_flow(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  rewrite_flow<F>(frame, p.l3, p.l4, p.end, p.protocol, to);
}

/// The same for an ICMP query or its answer (mode snat): `to`'s port of the end that asks is the id (RFC
/// 5508, section 3.1). `frame` is of kind icmp_query.
template <typename F>
void rewrite_query(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to);

/// The same for a later fragment, which has addresses but neither ports nor checksum.
template <typename F>
void rewrite_fragment(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to);

/// Translates an ICMP error, outer packet and quote (RFC 5508, section 4.2). The quoted packet is one that
/// HVS sent in `quoted` direction; afterwards the quote shows what the other side had sent, and the error
/// goes there, from our address on that side. Where nothing is hidden it keeps its sender: in mode nat, when
/// it goes to the dest, and in mode snat, when it goes inside. Quoted checksums are edited where the quote
/// reaches them.
template <typename F>
void rewrite_icmp_error(std::uint8_t* frame, const Parsed& p, const Connection<F>& conn, Direction quoted);

}  // namespace hvs
