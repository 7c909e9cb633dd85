/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/*
 * The contract between the steering program (kernel) and HVS (userspace): one plain C header, used by
 * both. Every map row below is readable with bpftool (BTF). A change of meaning raises the version; the
 * program carries it in steer_config and userspace refuses to run with another one.
 *
 * The steering rule, for a frame whose destination MAC is the port's own, after up to two VLAN tags:
 *   1. IPv4/IPv6, not a later fragment, TCP, UDP or SCTP, first 4 bytes of the L4 header present:
 *      (family, protocol, destination address, destination port) in steer_services  -> steer
 *      destination address in steer_lips and destination port within its range       -> steer
 *      (family, protocol, destination address) in steer_vips with a range that holds
 *      the destination port; the first such range counts                             -> steer
 *      (family, protocol, source address, source port) in steer_dests, for nat, or
 *      (family, protocol, source address, port 0) for nat from any port              -> steer
 *      source in steer_inside and destination in steer_outside, both for the protocol -> steer
 *      The same of an ICMP query (v4: 8 and 13, v6: 128) and the answer to one (v4: 0 and 14, v6: 129) whose
 *      first 8 bytes are present: the id is the port of the end that asks, the other end's port is 0. A LIP
 *      must be one for queries, and an answer is not looked up in steer_inside.
 *   2. a later fragment (offset > 0) of TCP, UDP, SCTP or the family's ICMP, or of IPv6 with the extension
 *      header 0, 43 or 60 behind its fragment header, for TCP, UDP, SCTP or ICMP, any of them:
 *      (family, protocol, destination) in steer_vips, or
 *      destination in steer_lips, for ICMP in one for queries, or
 *      (family, protocol, source, port 0) in steer_dests, for nat, or
 *      source in steer_inside and destination in steer_outside, both for the protocol -> steer
 *   3. an ICMP error (v4: 3, 11, 12; v6: 1, 2, 3, 4), not fragmented, that quotes an IP packet of the
 *      same family, not a later fragment, TCP, UDP or SCTP with at least 4 bytes of L4, an ICMP query or
 *      answer with at least 8, or IP in IP (4, 41) or GRE (47), which have port 0 here, whose quoted source
 *      address is the outer destination: (quoted protocol, quoted source, quoted source port) matches
 *      steer_services, steer_lips or steer_vips as in 1, or (quoted protocol, quoted destination, quoted
 *      destination port) steer_dests, or the quoted destination steer_inside and the quoted source
 *      steer_outside, both for the protocol; a quoted query is not looked up in these two -> steer
 *   4. everything else, and everything malformed up to the point where the rule could decide -> pass.
 * "IPv4 header fits" means: version 4, IHL >= 5, total length >= IHL*4 and <= bytes present.
 * "IPv6 header fits" means: version 6, payload length + 40 <= bytes present; extension headers 0 (hop by
 * hop), 43 (routing), 60 (destination options) and 44 (fragment) are walked, HVS_MAX_IPV6_EXT at most.
 * The protocol of a later IPv6 fragment is the next header that its fragment header names.
 * Everything that the rule reads lies within the IP packet (what follows is padding) and within
 * HVS_MAX_HEADER_BYTES of the frame. A quoted packet is cut short by nature: its total and payload lengths
 * are not looked at, its header must be present (version, IHL >= 5; IPv6 extensions as above).
 * In steer_inside and steer_outside the longest prefix that covers the address has the say.
 * "Not fragmented" for an ICMP error: offset 0 and no more fragments (an IPv6 atomic fragment is whole).
 */
#ifndef HVS_STEER_ABI_H
#define HVS_STEER_ABI_H

#ifdef __bpf__
#include <linux/types.h>
#define HVS_U8	__u8
#define HVS_U16 __u16
#define HVS_U32 __u32
#define HVS_U64 __u64
#else
#include <stdint.h>
#define HVS_U8	uint8_t
#define HVS_U16 uint16_t
#define HVS_U32 uint32_t
#define HVS_U64 uint64_t
#endif

#define HVS_STEER_ABI_VERSION 6

/* Bounds that both sides of the rule use. */
#define HVS_MAX_VLAN_TAGS 2
#define HVS_MAX_IPV6_EXT  6
/* The rule looks at most this deep into a frame; more is "malformed" for the rule: pass. */
#define HVS_MAX_HEADER_BYTES 512
/* A longer frame counts as one of this length. */
#define HVS_MAX_FRAME_BYTES 65535

/* Families, spelled so that a map dump reads well. */
#define HVS_FAMILY_IPV4 4
#define HVS_FAMILY_IPV6 6

/* What the program does with a steered frame while no socket takes it. */
#define HVS_ON_DOWN_PASS 0 /* to the kernel at once */
#define HVS_ON_DOWN_HOLD 1 /* drop until heartbeat_ns + hold_ns, so that TCP retransmits; then pass */

/* steer_services: hash. An IPv4 address fills the first 4 bytes of addr; the rest is zero. */
struct hvs_steer_service_key {
	HVS_U8 addr[16];
	HVS_U16 port; /* network byte order */
	HVS_U8 protocol;
	HVS_U8 family;
};
struct hvs_steer_service {
	HVS_U32 stats_index; /* row of steer_stats */
	HVS_U32 flags;	     /* none defined */
};

/* steer_vips: hash. One row per (VIP, protocol) with at least one service, for later fragments, and for ports
 * that services have by ranges. */
struct hvs_steer_vip_key {
	HVS_U8 addr[16];
	HVS_U8 protocol;
	HVS_U8 family;
	HVS_U16 zero;
};
#define HVS_STEER_VIP_RANGES 8
struct hvs_steer_range {
	HVS_U16 port_low;    /* inclusive, in host byte order */
	HVS_U16 port_high;   /* inclusive; any port: 0 to 65535, the last of the ranges */
	HVS_U32 stats_index; /* row of steer_stats */
};
struct hvs_steer_vip {
	HVS_U32 services; /* how many rows of steer_services have it */
	HVS_U32 ranges_used;
	struct hvs_steer_range ranges[HVS_STEER_VIP_RANGES];
};

/* steer_lips: hash. Both port bounds are inclusive and in host byte order, and at least 1. With
 * HVS_STEER_LIP_QUERIES, ICMP ids within them are ours, too (mode snat). */
#define HVS_STEER_LIP_QUERIES 1
struct hvs_steer_lip_key {
	HVS_U8 addr[16];
	HVS_U8 family;
	HVS_U8 zero[3];
};
struct hvs_steer_lip {
	HVS_U16 port_low;
	HVS_U16 port_high;
	HVS_U32 uses;
};

/* steer_inside, steer_outside: longest-prefix match. What comes from inside networks and goes to outside ones
 * is for mode snat; a row without protocols takes its prefix out of a wider one. Each row has all that
 * wider ones have. */
#define HVS_STEER_TCP		  1
#define HVS_STEER_UDP		  2
#define HVS_STEER_ICMP		  4
#define HVS_STEER_SCTP		  8
#define HVS_STEER_NET_FAMILY_BITS 32 /* of a prefix length, for what stands before the address */
struct hvs_steer_net_key {
	HVS_U32 prefix_bits; /* HVS_STEER_NET_FAMILY_BITS and those of the address */
	HVS_U8 family;
	HVS_U8 zero[3];
	HVS_U8 addr[16];
};
struct hvs_steer_net {
	HVS_U32 protocols; /* HVS_STEER_* together */
};

/* steer_dests: hash. Real servers in mode nat, whose replies go to the client's address: matched by where a
 * frame comes from. For later fragments, each (server, protocol) has a row with port 0, too. And ends of
 * tunnels, with the outer protocol: only errors about packets to them are ours. */
#define HVS_STEER_DEST_NAT     1
#define HVS_STEER_DEST_TUNNEL  2
#define HVS_STEER_DEST_NAT_ANY 4 /* with port 0 only: replies come from any port */
struct hvs_steer_dest {
	HVS_U32 rows; /* how many dests of services name this server and port */
	HVS_U32 uses; /* HVS_STEER_DEST_* together */
};

/* steer_stats: per-CPU array. Row 0 counts what no service owns (LIP traffic, fragments). */
#define HVS_STEER_STATS_ROWS 16384
struct hvs_steer_stats {
	HVS_U64 steered_packets;
	HVS_U64 steered_bytes;
	HVS_U64 passed_packets; /* ours, but no socket was there: given to the kernel */
	HVS_U64 held_packets;	/* ours, but no socket was there: dropped by HVS_ON_DOWN_HOLD */
};

/* steer_config: array of one row, one map per port. `rare` says which rows exist that few configurations
 * have, so that frames need not be looked up in vain: ranges in steer_vips, HVS_STEER_DEST_NAT_ANY in
 * steer_dests. */
#define HVS_STEER_RARE_RANGES  1
#define HVS_STEER_RARE_NAT_ANY 2
struct hvs_steer_config {
	HVS_U32 abi_version;
	HVS_U32 on_down;
	HVS_U64 hold_ns;
	HVS_U64 heartbeat_ns; /* CLOCK_MONOTONIC, written by the running daemon every second */
	HVS_U8 mac[6];
	HVS_U16 rare; /* HVS_STEER_RARE_* together */
};

#define HVS_STEER_MAX_SERVICES 65536
#define HVS_STEER_MAX_VIPS     65536
#define HVS_STEER_MAX_LIPS     4096
#define HVS_STEER_MAX_DESTS    1048576
#define HVS_STEER_MAX_NETS     65536
#define HVS_STEER_MAX_QUEUES   64

#ifndef __bpf__
#ifdef __cplusplus
#define HVS_ABI_ASSERT(c, m) static_assert(c, m)
#else
#define HVS_ABI_ASSERT(c, m) _Static_assert(c, m)
#endif
HVS_ABI_ASSERT(sizeof(struct hvs_steer_service_key) == 20, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_service) == 8, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_vip_key) == 20, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_vip) == 72, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_lip_key) == 20, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_lip) == 8, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_net_key) == 24, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_net) == 4, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_dest) == 8, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_stats) == 32, "steer ABI");
HVS_ABI_ASSERT(sizeof(struct hvs_steer_config) == 32, "steer ABI");
#endif

#endif
