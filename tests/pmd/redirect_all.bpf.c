/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/* Stands for the steering program: every frame goes to its queue's socket. */
// The helpers need the types before them.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u32);
} xsks_map SEC(".maps");

SEC("xdp")
int redirect_all(struct xdp_md* ctx) { return bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS); }

char _license[] SEC("license") = "BSD";
