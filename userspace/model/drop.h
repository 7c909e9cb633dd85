// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hvs {

// clang-format off
/// Every reason for which a frame is dropped: declared here once; counters, API, metrics and
/// documentation derive from this list.
#define HVS_DROPS(X)                                                                                        \
  X(malformed_l4,          "TCP, UDP or SCTP header truncated, or its length beyond the packet")            \
  X(malformed_icmp,        "ICMP error too short to hold the packet that it quotes")                        \
  X(ipv6_extensions,       "IPv6 routing header with hops left: the destination is not the final one")      \
  X(ipv4_source_route,     "IPv4 source route with hops left: the destination is not the final one; source route failed was sent, rate permitting") \
  X(source_address,        "first packet of a client whose address no host may have towards another link: multicast, broadcast, loopback, unspecified, IPv6 link-local") \
  X(ttl_exceeded,          "TTL or hop limit reached zero here; time exceeded was sent, rate permitting")   \
  X(no_dest,               "service has no dest that takes new connections")                                \
  X(no_dest_rejected,      "service has no dest that takes new connections; a reset or port unreachable was sent, rate permitting (on_no_dest: reject)") \
  X(dest_removed,          "packet of a connection that ended with its dest (on_dest_removed)")              \
  X(lip_exhausted,         "no free local port or ICMP id left for this dest in the LIP pool")               \
  X(lip_no_connection,     "addressed to a LIP port that no connection uses")                               \
  X(tuple_taken,           "client's port is in use towards this dest through another service (mode nat)")  \
  X(conn_table_full,       "worker's connection table is full")                                             \
  X(fragment_tiny,         "first fragment too small to hold the L4 header")                                \
  X(fragment_overlap,      "fragment that repeats or overlaps with another one of its packet, or comes after one that did") \
  X(fragment_sctp,         "first fragment of an SCTP packet whose ports change: its CRC covers the rest")   \
  X(fragment_udp_checksum, "first fragment of a UDP datagram without checksum, which IPv6 requires (IPv4 client, IPv6 dest)") \
  X(ipv4_checksum,         "IPv4 header with a wrong checksum, on its way to IPv6, which has none")        \
  X(translate_no_headroom, "no room in the packet buffer for the longer IPv6 header")                       \
  X(icmp_untranslatable,   "ICMP error that has no counterpart in the other family (RFC 7915)")             \
  X(no_route,              "kernel has no route to the next hop")                                           \
  X(route_not_ours,        "route leaves through an interface that is no port of this instance, or encapsulates (ip route ... encap)")            \
  X(neigh_unresolved,      "next hop's MAC address was not resolved in time")                               \
  X(neigh_queue_full,      "too many frames already wait for a MAC address")                                \
  X(mtu_exceeded,          "frame larger than the egress MTU; too big was sent, rate permitting")           \
  X(fragment_no_buffer,    "packet had to be fragmented, and no packet buffers were left")                 \
  X(tunnel_no_source,      "egress interface has no address for the outer header (mode tunnel)")           \
  X(tunnel_no_headroom,    "no room in the packet buffer for the outer header (mode tunnel)")              \
  X(tx_full,               "transmit queue stayed full")                                                    \
  X(handoff_full,          "other worker's handoff ring is full")                                           \
  X(punt_full,             "not ours, and too much waits for the kernel by this port already")              \
  X(punt_control_full,     "not ours, and too much ARP, ND, ICMP errors, ssh and protocols of routers and links waits for the kernel by this port already") \
  X(punt_request_full,     "not ours, and too many pings and SYNs to ssh and BGP wait for the kernel by this port already") \
  X(punt_unavailable,      "not ours, and the port has no companion to punt to")                            \
  X(rx_ipv4_checksum,      "IPv4 header with a wrong checksum, where the NIC checks it (native ports; offloads in the ports' list)") \
  X(mbuf_chain,            "frame in several segments: larger than one packet buffer")                      \
  X(internal,              "cannot happen; please report")
// clang-format on

enum class Drop : std::uint8_t {
#define HVS_DROP_ENUM(name, text) name,
  HVS_DROPS(HVS_DROP_ENUM)
#undef HVS_DROP_ENUM
};

struct DropInfo {
  std::string_view name;
  std::string_view description;
};

inline constexpr std::array kDropInfo = {
#define HVS_DROP_INFO(name, text) DropInfo{#name, text},
    HVS_DROPS(HVS_DROP_INFO)
#undef HVS_DROP_INFO
};
inline constexpr std::size_t kDropCount = kDropInfo.size();

}  // namespace hvs
