// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
/*
 * A real server's end of a tunnel, for kernels without tunnel devices: at tc ingress, takes the outer headers
 * of IP in IP, GRE and GUE (UDP port 6080, variants 0 and 1) off a packet, whatever the two families are.
 */
/* <linux/bpf.h> has the types of all others. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

#define GUE_PORT 6080
#define GRE_CHECKSUM 0x8000
#define INNER_IS_IPV4 (1ULL << 7) /* BPF_F_ADJ_ROOM_DECAP_L3_IPV4, which older headers do not have */
#define INNER_IS_IPV6 (1ULL << 8)

/* Bytes between the outer IP header and the inner one; negative: no tunnel. */
static __always_inline int between(struct __sk_buff* skb, __u32 at, __u8 protocol) {
  __u16 port, flags;
  __u8 first;

  switch (protocol) {
    case IPPROTO_IPIP:
    case IPPROTO_IPV6: return 0;
    case IPPROTO_GRE:
      if (bpf_skb_load_bytes(skb, at, &flags, sizeof(flags))) return -1;
      return bpf_ntohs(flags) & GRE_CHECKSUM ? 8 : 4;
    case IPPROTO_UDP:
      if (bpf_skb_load_bytes(skb, at + 2, &port, sizeof(port)) || port != bpf_htons(GUE_PORT)) return -1;
      if (bpf_skb_load_bytes(skb, at + 8, &first, sizeof(first))) return -1;
      return first >> 6 ? 8 : 12;
    default: return -1;
  }
}

SEC("tc")
int decap(struct __sk_buff* skb) {
  __u32 outer = skb->protocol == bpf_htons(ETH_P_IP) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
  __u8 protocol, version;
  int more;

  if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6)) return TC_ACT_OK;
  if (bpf_skb_load_bytes(skb, ETH_HLEN + (outer == sizeof(struct iphdr) ? 9 : 6), &protocol, 1))
    return TC_ACT_OK;
  more = between(skb, ETH_HLEN + outer, protocol);
  if (more < 0 || bpf_skb_load_bytes(skb, ETH_HLEN + outer + more, &version, 1)) return TC_ACT_OK;
  if (bpf_skb_adjust_room(skb, -(int)(outer + more), BPF_ADJ_ROOM_MAC,
                          version >> 4 == 4 ? INNER_IS_IPV4 : INNER_IS_IPV6))
    return TC_ACT_SHOT;
  return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
