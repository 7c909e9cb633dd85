/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/* The bounded walk over a frame: what the steering rule would look up, or nothing. */
#ifndef HVS_BPF_WALK_H
#define HVS_BPF_WALK_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "steer_abi.h"

#define HVS_IP_MORE_FRAGMENTS 0x2000
#define HVS_IP_OFFSET	      0x1fff
#define HVS_IP6_OFFSET	      0xfff8
#define HVS_IP6_MORE	      0x0001

#define HVS_EXT_BYTES  8 /* the least that an extension header has */
#define HVS_ICMP_BYTES 8
#define HVS_PORT_BYTES 4

struct hvs_frame {
	struct xdp_md *ctx;
	void *data;
	void *data_end;
	__u32 bytes;
};

/* Where the IP headers end and what follows them. */
struct hvs_upper {
	__u32 l4;
	__u32 end; /* of the IP packet */
	__u8 protocol;
	__u8 later_fragment;
	__u8 more_fragments;
};

/* What to look up: the address and port at which the frame, or the packet that it quotes, is ours, and those
 * of the other end. */
struct hvs_target {
	__u32 addr[4];
	__u32 peer[4];
	__u16 port; /* network byte order */
	__u16 peer_port;
	__u8 protocol;
	__u8 family;
	__u8 later_fragment; /* no port */
	__u8 quoted;	     /* by an ICMP error */
	__u8 we_ask;	     /* an ICMP query's id is our port, or would be */
};

/* `size` bytes at `offset`, when they lie before `end`, in the frame and within the depth that the rule
 * looks. */
static __always_inline void *hvs_at(const struct hvs_frame *frame, __u32 offset, __u32 size, __u32 end)
{
	__u64 bounded = offset;
	void *at;

	if (offset > HVS_MAX_HEADER_BYTES - size || offset + size > end)
		return NULL;
	/* Says nothing new, but to the verifier: it loses the bound when the compiler compares one copy of
	 * the offset and adds another. In assembler, or the compiler would see that it says nothing new. */
	asm("%0 &= %1" : "+r"(bounded) : "i"(HVS_MAX_HEADER_BYTES - 1));
	at = frame->data + bounded;
	if (at + size > frame->data_end)
		return NULL;
	return at;
}

static __always_inline int hvs_has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

/* Either family's: the walk has looked at which it is. */
static __always_inline int hvs_icmp(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline int hvs_tunnel(__u8 protocol)
{
	return protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 || protocol == IPPROTO_GRE;
}

static __always_inline int hvs_options_or_routing(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS;
}

static __always_inline int hvs_extension(__u8 protocol)
{
	return hvs_options_or_routing(protocol) || protocol == IPPROTO_FRAGMENT;
}

struct hvs_ext_hdr {
	__u8 next;
	__u8 length; /* in units of 8 bytes, beyond the first 8 */
	__be16 fragment;
	__be32 rest;
};

/* The answer of hvs_walk_extensions in one number. */
#define HVS_EXT_BAD	 ((__u64)-1)
#define HVS_EXT_PROTOCOL 16 /* shift; the L4 offset lies below it */
#define HVS_EXT_LATER	 (1ULL << 24)
#define HVS_EXT_MORE	 (1ULL << 25)

/*
 * Walks extension headers from `offset`. A global function: the verifier checks it once and by itself, where
 * inlined twice (outer and quoted packet) its branches would multiply with all others.
 */
__noinline __u64 hvs_walk_extensions(struct xdp_md *ctx, __u32 offset, __u32 end, __u32 next)
{
	struct hvs_frame frame = {
	    .data = (void *)(long)ctx->data,
	    .data_end = (void *)(long)ctx->data_end,
	};
	const struct hvs_ext_hdr *ext;
	__u64 flags = 0;
	int walked;

	for (walked = 0; walked < HVS_MAX_IPV6_EXT && hvs_extension(next); walked++) {
		ext = hvs_at(&frame, offset, HVS_EXT_BYTES, end);
		if (!ext)
			return HVS_EXT_BAD;
		if (next == IPPROTO_FRAGMENT) {
			flags = ext->fragment & bpf_htons(HVS_IP6_MORE) ? HVS_EXT_MORE : 0;
			if (ext->fragment & bpf_htons(HVS_IP6_OFFSET))
				return (__u64)ext->next << HVS_EXT_PROTOCOL | HVS_EXT_LATER;
			offset += HVS_EXT_BYTES;
		} else {
			offset += (ext->length + 1) * 8;
		}
		next = ext->next;
	}
	if (hvs_extension(next) || offset > HVS_MAX_HEADER_BYTES)
		return HVS_EXT_BAD;
	return offset | (__u64)(next & 0xff) << HVS_EXT_PROTOCOL | flags;
}

/* An outer header declares where the packet ends; a quoted one was cut, so `upper->end` stays as it is. */
static __always_inline const struct iphdr *hvs_walk_ipv4(const struct hvs_frame *frame, __u32 l3, int quoted,
							 struct hvs_upper *upper)
{
	const struct iphdr *ip = hvs_at(frame, l3, sizeof(*ip), upper->end);
	__u32 header, total;
	__u16 fragment;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return NULL;
	header = ip->ihl * 4;
	if (!quoted) {
		total = bpf_ntohs(ip->tot_len);
		if (total < header || l3 + total > upper->end)
			return NULL;
		upper->end = l3 + total;
	}
	fragment = bpf_ntohs(ip->frag_off);
	upper->l4 = l3 + header;
	upper->protocol = ip->protocol;
	upper->later_fragment = !!(fragment & HVS_IP_OFFSET);
	upper->more_fragments = !!(fragment & HVS_IP_MORE_FRAGMENTS);
	return ip;
}

static __always_inline const struct ipv6hdr *hvs_walk_ipv6(const struct hvs_frame *frame, __u32 l3,
							   int quoted, struct hvs_upper *upper)
{
	const struct ipv6hdr *ip = hvs_at(frame, l3, sizeof(*ip), upper->end);
	__u64 walked;
	__u32 total;

	if (!ip || ip->version != 6)
		return NULL;
	if (!quoted) {
		total = sizeof(*ip) + bpf_ntohs(ip->payload_len);
		if (l3 + total > upper->end)
			return NULL;
		upper->end = l3 + total;
	}
	upper->l4 = l3 + sizeof(*ip);
	upper->protocol = ip->nexthdr;
	upper->later_fragment = 0;
	upper->more_fragments = 0;
	if (!hvs_extension(upper->protocol))
		return ip;
	walked = hvs_walk_extensions(frame->ctx, upper->l4, upper->end, upper->protocol);
	if (walked == HVS_EXT_BAD)
		return NULL;
	upper->l4 = walked & 0xffff;
	upper->protocol = walked >> HVS_EXT_PROTOCOL;
	upper->later_fragment = !!(walked & HVS_EXT_LATER);
	upper->more_fragments = !!(walked & HVS_EXT_MORE);
	return ip;
}

/* The offset of the packet that an unfragmented ICMP error quotes, or 0. */
static __always_inline __u32 hvs_quote(const struct hvs_frame *frame, const struct hvs_upper *upper,
				       __u8 family)
{
	const __u8 *icmp;

	if (upper->later_fragment || upper->more_fragments)
		return 0;
	icmp = hvs_at(frame, upper->l4, HVS_ICMP_BYTES, upper->end);
	if (!icmp)
		return 0;
	if (family == HVS_FAMILY_IPV4) {
		if (*icmp != 3 && *icmp != 11 && *icmp != 12)
			return 0;
	} else if (*icmp < 1 || *icmp > 4) {
		return 0;
	}
	return upper->l4 + HVS_ICMP_BYTES;
}

/* An ICMP query or the answer to one: its id is the port of the end that asks. `ours` as in hvs_ports. */
static __always_inline int hvs_query(const struct hvs_frame *frame, const struct hvs_upper *upper, int ours,
				     struct hvs_target *target)
{
	const __u8 *icmp = hvs_at(frame, upper->l4, HVS_ICMP_BYTES, upper->end);
	int v4 = target->family == HVS_FAMILY_IPV4;
	int answer;

	if (!icmp)
		return -1;
	answer = v4 ? *icmp == 0 || *icmp == 14 : *icmp == 129;
	if (!answer && (v4 ? *icmp != 8 && *icmp != 13 : *icmp != 128))
		return -1;
	target->protocol = upper->protocol;
	if (answer == ours) {
		target->port = ((const __be16 *)icmp)[2];
		target->we_ask = 1;
	} else {
		target->peer_port = ((const __be16 *)icmp)[2];
	}
	return 0;
}

/* A packet of the family's ICMP that is no error: nonzero when the rule has no use for it. */
static __always_inline int hvs_icmp_flow(const struct hvs_frame *frame, const struct hvs_upper *upper,
					 struct hvs_target *target)
{
	if (!upper->later_fragment)
		return hvs_query(frame, upper, 1, target);
	target->protocol = upper->protocol;
	target->later_fragment = 1;
	return 0;
}

/* The ports behind the IP headers; `ours` is 0 when our end is the source, 1 when it is the destination. */
static __always_inline int hvs_ports(const struct hvs_frame *frame, const struct hvs_upper *upper, int ours,
				     struct hvs_target *target)
{
	const __be16 *ports;

	target->protocol = upper->protocol;
	target->later_fragment = upper->later_fragment;
	if (upper->later_fragment && target->family == HVS_FAMILY_IPV6 &&
	    hvs_options_or_routing(upper->protocol))
		return 0;
	if (!hvs_has_ports(upper->protocol))
		return -1;
	if (upper->later_fragment)
		return 0;
	ports = hvs_at(frame, upper->l4, HVS_PORT_BYTES, upper->end);
	if (!ports)
		return -1;
	target->port = ports[ours];
	target->peer_port = ports[1 - ours];
	return 0;
}

/* The same of a quoted packet, of which we are the source; a tunnel has no ports. */
static __always_inline int hvs_quoted_ports(const struct hvs_frame *frame, const struct hvs_upper *upper,
					    struct hvs_target *target)
{
	target->quoted = 1;
	if (upper->protocol == (target->family == HVS_FAMILY_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return hvs_query(frame, upper, 0, target);
	if (!hvs_tunnel(upper->protocol))
		return hvs_ports(frame, upper, 0, target);
	target->protocol = upper->protocol;
	return 0;
}

static __always_inline int hvs_same_addr(const __be32 *a, const __be32 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static __always_inline int hvs_target_ipv4(const struct hvs_frame *frame, __u32 l3, struct hvs_target *target)
{
	struct hvs_upper upper = {.end = frame->bytes};
	const struct iphdr *ip = hvs_walk_ipv4(frame, l3, 0, &upper);
	__be32 dst;
	__u32 quote;

	if (!ip)
		return -1;
	dst = ip->daddr;
	target->family = HVS_FAMILY_IPV4;
	target->addr[0] = dst;
	target->peer[0] = ip->saddr;
	if (upper.protocol != IPPROTO_ICMP)
		return hvs_ports(frame, &upper, 1, target);
	if (!hvs_icmp_flow(frame, &upper, target))
		return 0;
	quote = hvs_quote(frame, &upper, HVS_FAMILY_IPV4);
	if (!quote)
		return -1;
	ip = hvs_walk_ipv4(frame, quote, 1, &upper);
	if (!ip || ip->saddr != dst || upper.later_fragment)
		return -1;
	target->peer[0] = ip->daddr;
	return hvs_quoted_ports(frame, &upper, target);
}

static __always_inline int hvs_target_ipv6(const struct hvs_frame *frame, __u32 l3, struct hvs_target *target)
{
	struct hvs_upper upper = {.end = frame->bytes};
	const struct ipv6hdr *ip = hvs_walk_ipv6(frame, l3, 0, &upper);
	__u32 quote;

	if (!ip)
		return -1;
	target->family = HVS_FAMILY_IPV6;
	__builtin_memcpy(target->addr, &ip->daddr, sizeof(target->addr));
	__builtin_memcpy(target->peer, &ip->saddr, sizeof(target->peer));
	if (upper.protocol != IPPROTO_ICMPV6)
		return hvs_ports(frame, &upper, 1, target);
	if (!hvs_icmp_flow(frame, &upper, target))
		return 0;
	quote = hvs_quote(frame, &upper, HVS_FAMILY_IPV6);
	if (!quote)
		return -1;
	ip = hvs_walk_ipv6(frame, quote, 1, &upper);
	if (!ip || !hvs_same_addr(ip->saddr.in6_u.u6_addr32, target->addr) || upper.later_fragment)
		return -1;
	__builtin_memcpy(target->peer, &ip->daddr, sizeof(target->peer));
	return hvs_quoted_ports(frame, &upper, target);
}

/* Fills `target`; nonzero when the frame cannot be ours. */
static __always_inline int hvs_walk(const struct hvs_frame *frame, struct hvs_target *target)
{
	__u32 offset = ETH_HLEN;
	const __be16 *type;
	int tags;

	type = hvs_at(frame, ETH_HLEN - 2, 2, frame->bytes);
	if (!type)
		return -1;
	for (tags = 0; tags < HVS_MAX_VLAN_TAGS; tags++) {
		if (*type != bpf_htons(ETH_P_8021Q) && *type != bpf_htons(ETH_P_8021AD))
			break;
		type = hvs_at(frame, offset + 2, 2, frame->bytes);
		if (!type)
			return -1;
		offset += 4;
	}
	if (*type == bpf_htons(ETH_P_IP))
		return hvs_target_ipv4(frame, offset, target);
	if (*type == bpf_htons(ETH_P_IPV6))
		return hvs_target_ipv6(frame, offset, target);
	return -1;
}

#endif
