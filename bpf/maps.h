/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/*
 * The maps of the steering program. Shared by all ports of an instance: steer_services, steer_vips,
 * steer_lips, steer_dests, steer_inside, steer_outside, steer_stats. A port's own: steer_config, xsks_map.
 * Userspace pins them (bpf/steer_abi.h says what a row means); LIBBPF_PIN_BY_NAME would put them into one
 * place for all instances.
 */
#ifndef HVS_BPF_MAPS_H
#define HVS_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "steer_abi.h"

/* BPF_F_NO_PREALLOC: memory for the rows that exist, and a deleted row's memory is not used again while a
 * program may still look at it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HVS_STEER_MAX_SERVICES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_service_key);
	__type(value, struct hvs_steer_service);
} steer_services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HVS_STEER_MAX_VIPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_vip_key);
	__type(value, struct hvs_steer_vip);
} steer_vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HVS_STEER_MAX_LIPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_lip_key);
	__type(value, struct hvs_steer_lip);
} steer_lips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HVS_STEER_MAX_DESTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_service_key);
	__type(value, struct hvs_steer_dest);
} steer_dests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, HVS_STEER_MAX_NETS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_net_key);
	__type(value, struct hvs_steer_net);
} steer_inside SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, HVS_STEER_MAX_NETS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hvs_steer_net_key);
	__type(value, struct hvs_steer_net);
} steer_outside SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HVS_STEER_STATS_ROWS);
	__type(key, __u32);
	__type(value, struct hvs_steer_stats);
} steer_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hvs_steer_config);
} steer_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, HVS_STEER_MAX_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

#endif
