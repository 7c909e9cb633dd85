/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/* Whether a target is ours, and what becomes of the frame then. */
#ifndef HVS_BPF_MATCH_H
#define HVS_BPF_MATCH_H

#include "maps.h"
#include "walk.h"

#define HVS_NOT_OURS	((__u32)-1)
#define HVS_UNOWNED_ROW 0 /* of steer_stats: LIP traffic, replies in mode nat, mode snat, later fragments */

static __always_inline const struct hvs_steer_lip *hvs_find_lip(const struct hvs_target *target)
{
	struct hvs_steer_lip_key key = {.family = target->family};

	__builtin_memcpy(key.addr, target->addr, sizeof(key.addr));
	return bpf_map_lookup_elem(&steer_lips, &key);
}

static __always_inline int hvs_dest_has(const struct hvs_target *target, __u16 port, __u32 uses)
{
	const struct hvs_steer_dest *dest;
	struct hvs_steer_service_key key = {
	    .port = port,
	    .protocol = target->protocol,
	    .family = target->family,
	};

	__builtin_memcpy(key.addr, target->peer, sizeof(key.addr));
	dest = bpf_map_lookup_elem(&steer_dests, &key);
	return dest && (dest->uses & uses);
}

/* A real server in mode nat, by where the frame comes from; of later fragments, which have no port, by 0. The
 * end of a tunnel matters to quoted packets only. */
static __always_inline int hvs_find_dest(const struct hvs_target *target, __u16 rare)
{
	__u32 uses = target->quoted ? HVS_STEER_DEST_NAT | HVS_STEER_DEST_TUNNEL : HVS_STEER_DEST_NAT;

	if (hvs_dest_has(target, target->peer_port, uses))
		return 1;
	return (rare & HVS_STEER_RARE_NAT_ANY) && hvs_dest_has(target, 0, HVS_STEER_DEST_NAT_ANY);
}

/* The row of steer_stats for a service that has the port within a range. */
static __always_inline __u32 hvs_find_range(const struct hvs_target *target, __u16 port)
{
	struct hvs_steer_vip_key key = {.protocol = target->protocol, .family = target->family};
	const struct hvs_steer_vip *vip;
	__u32 i;

	__builtin_memcpy(key.addr, target->addr, sizeof(key.addr));
	vip = bpf_map_lookup_elem(&steer_vips, &key);
	if (!vip)
		return HVS_NOT_OURS;
#pragma unroll
	for (i = 0; i < HVS_STEER_VIP_RANGES; i++) {
		const struct hvs_steer_range *range = &vip->ranges[i];

		if (i >= vip->ranges_used)
			break;
		if (range->port_low <= port && port <= range->port_high)
			return range->stats_index;
	}
	return HVS_NOT_OURS;
}

/* What stands for the protocol in steer_inside and steer_outside. */
static __always_inline __u32 hvs_net_bit(__u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return HVS_STEER_TCP;
	if (protocol == IPPROTO_UDP)
		return HVS_STEER_UDP;
	if (protocol == IPPROTO_SCTP)
		return HVS_STEER_SCTP;
	return hvs_icmp(protocol) ? HVS_STEER_ICMP : 0;
}

/* From an inside network to an outside one. */
static __always_inline int hvs_find_inside(const struct hvs_target *target)
{
	__u32 bit = hvs_net_bit(target->protocol);
	const struct hvs_steer_net *net;
	struct hvs_steer_net_key key = {
	    .prefix_bits = HVS_STEER_NET_FAMILY_BITS + 8 * sizeof(key.addr),
	    .family = target->family,
	};

	if (target->we_ask)
		return 0;
	__builtin_memcpy(key.addr, target->peer, sizeof(key.addr));
	net = bpf_map_lookup_elem(&steer_inside, &key);
	if (!net || !(net->protocols & bit))
		return 0;
	__builtin_memcpy(key.addr, target->addr, sizeof(key.addr));
	net = bpf_map_lookup_elem(&steer_outside, &key);
	return net && (net->protocols & bit);
}

/* To ICMP, only a LIP for queries is one. */
static __always_inline int hvs_lip_takes(const struct hvs_steer_lip *lip, __u8 protocol)
{
	return lip && (!hvs_icmp(protocol) || (lip->uses & HVS_STEER_LIP_QUERIES));
}

static __always_inline int hvs_fragment_is_ours(const struct hvs_target *target)
{
	struct hvs_steer_vip_key key = {.protocol = target->protocol, .family = target->family};

	__builtin_memcpy(key.addr, target->addr, sizeof(key.addr));
	return bpf_map_lookup_elem(&steer_vips, &key) ||
	       hvs_lip_takes(hvs_find_lip(target), target->protocol) ||
	       hvs_dest_has(target, 0, HVS_STEER_DEST_NAT) || hvs_find_inside(target);
}

static __always_inline int hvs_upper_is_ours(struct hvs_target *target, __u8 protocol)
{
	target->protocol = protocol;
	return hvs_fragment_is_ours(target);
}

/*
 * The row of steer_stats, or HVS_NOT_OURS. What stands behind extension headers only the first fragment says:
 * any protocol that may. Not inlined, where the verifier would multiply its branches with the caller's. Not a
 * global function either: those take no pointers before Linux 5.12.
 */
static __noinline __u32 hvs_match_fragment(struct hvs_target *target)
{
	int ours;

	if (hvs_options_or_routing(target->protocol))
		ours = hvs_upper_is_ours(target, IPPROTO_TCP) || hvs_upper_is_ours(target, IPPROTO_UDP) ||
		       hvs_upper_is_ours(target, IPPROTO_SCTP) || hvs_upper_is_ours(target, IPPROTO_ICMPV6);
	else
		ours = hvs_fragment_is_ours(target);
	return ours ? HVS_UNOWNED_ROW : HVS_NOT_OURS;
}

/* The row of steer_stats that counts the frame, or HVS_NOT_OURS. */
static __always_inline __u32 hvs_match(struct hvs_target *target, __u16 rare)
{
	struct hvs_steer_service_key key = {
	    .port = target->port,
	    .protocol = target->protocol,
	    .family = target->family,
	};
	const struct hvs_steer_service *service;
	const struct hvs_steer_lip *lip;
	__u32 row;
	__u16 port;

	if (target->later_fragment)
		return hvs_match_fragment(target);
	__builtin_memcpy(key.addr, target->addr, sizeof(key.addr));
	service = bpf_map_lookup_elem(&steer_services, &key);
	if (service)
		return service->stats_index;
	lip = hvs_find_lip(target);
	port = bpf_ntohs(target->port);
	if (hvs_lip_takes(lip, target->protocol) && lip->port_low <= port && port <= lip->port_high)
		return HVS_UNOWNED_ROW;
	if (rare & HVS_STEER_RARE_RANGES) {
		row = hvs_find_range(target, port);
		if (row != HVS_NOT_OURS)
			return row;
	}
	if (hvs_find_dest(target, rare) || hvs_find_inside(target))
		return HVS_UNOWNED_ROW;
	return HVS_NOT_OURS;
}

/* Whether a frame for which no socket is there waits for the daemon to come back: dropped, so that TCP sends
 * it again, where the kernel would answer with a reset. */
static __always_inline int hvs_hold(const struct hvs_steer_config *config)
{
	return config->on_down == HVS_ON_DOWN_HOLD &&
	       bpf_ktime_get_ns() < config->heartbeat_ns + config->hold_ns;
}

static __always_inline int hvs_deliver(struct xdp_md *ctx, const struct hvs_steer_config *config, __u32 row,
				       __u32 bytes)
{
	struct hvs_steer_stats *stats = bpf_map_lookup_elem(&steer_stats, &row);
	int action = bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);

	if (action == XDP_REDIRECT) {
		if (stats) {
			stats->steered_packets++;
			stats->steered_bytes += bytes;
		}
		return XDP_REDIRECT;
	}
	if (hvs_hold(config)) {
		if (stats)
			stats->held_packets++;
		return XDP_DROP;
	}
	if (stats)
		stats->passed_packets++;
	return XDP_PASS;
}

#endif
