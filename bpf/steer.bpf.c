// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
/*
 * Steering: frames of our services and LIPs go to the AF_XDP socket of their queue, everything else is the
 * kernel's. The rule is stated in steer_abi.h; userspace applies the same one to ports that no XDP program
 * guards (userspace/dataplane/classify), and tests/bpf proves that the two agree.
 */
#include "match.h"

/* Read by userspace before it loads the object: the version that it was built with. */
const volatile __u32 steer_abi_version = HVS_STEER_ABI_VERSION;

static __always_inline int hvs_for_port(const struct hvs_frame *frame, const struct hvs_steer_config *config)
{
	const __u16 *dst = hvs_at(frame, 0, ETH_ALEN, frame->bytes);
	const __u16 *mac = (const __u16 *)config->mac;

	return dst && dst[0] == mac[0] && dst[1] == mac[1] && dst[2] == mac[2];
}

SEC("xdp")
int hvs_steer(struct xdp_md *ctx)
{
	struct hvs_frame frame = {
	    .ctx = ctx,
	    .data = (void *)(long)ctx->data,
	    .data_end = (void *)(long)ctx->data_end,
	};
	const struct hvs_steer_config *config;
	struct hvs_target target = {};
	__u32 zero = 0, bytes, row;

	bytes = frame.data_end - frame.data;
	frame.bytes = bytes < HVS_MAX_FRAME_BYTES ? bytes : HVS_MAX_FRAME_BYTES;
	config = bpf_map_lookup_elem(&steer_config, &zero);
	if (!config || config->abi_version != steer_abi_version || !hvs_for_port(&frame, config))
		return XDP_PASS;
	if (hvs_walk(&frame, &target))
		return XDP_PASS;
	row = hvs_match(&target, config->rare);
	if (row == HVS_NOT_OURS)
		return XDP_PASS;
	return hvs_deliver(ctx, config, row, bytes);
}

char _license[] SEC("license") = "Dual BSD/GPL";
