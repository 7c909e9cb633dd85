// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
/* The far end of the wire: counts the UDP frames that come back, and drops everything before it costs. */
/* clang-format off: what follows needs the types of the first. */
#include <linux/bpf.h>
/* clang-format on */

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

/* Of the whole program, so a mapped page of .bss: the generator reads it without a system call. */
__u64 returned_frames;

SEC("xdp")
int hvs_sink(struct xdp_md* ctx) {
  const struct ethhdr* eth = (void*)(long)ctx->data;
  const struct iphdr* ip = (const void*)(eth + 1);

  if ((const void*)(ip + 1) > (const void*)(long)ctx->data_end) return XDP_DROP;
  if (eth->h_proto == bpf_htons(ETH_P_IP) && ip->protocol == IPPROTO_UDP)
    __sync_fetch_and_add(&returned_frames, 1);
  return XDP_DROP;
}

char _license[] SEC("license") = "BSD";
