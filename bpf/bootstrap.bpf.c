// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
/*
 * What DPDK's AF_XDP PMD loads (argument xdp_prog=) and attaches when it starts: the map for its sockets and
 * no rule. The steering program takes this one's place and its map (docs/adr/0006).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "steer_abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, HVS_STEER_MAX_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

SEC("xdp")
int hvs_bootstrap(struct xdp_md *ctx __attribute__((unused)))
{
	/* Beyond the map's end, so always XDP_PASS. The call is here because the kernel lists only the maps
	 * that a program uses, and that list is how userspace finds this one. */
	return bpf_redirect_map(&xsks_map, HVS_STEER_MAX_QUEUES, XDP_PASS);
}

char _license[] SEC("license") = "Dual BSD/GPL";
