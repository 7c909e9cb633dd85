// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <cstring>

#include "fixture.h"

namespace hvs::test {
namespace {

int index_of(const char* device) { return static_cast<int>(if_nametoindex(device)); }

int xsks_map_of(int program) {
  __u32 ids[8]{};
  bpf_prog_info info{};
  info.map_ids = reinterpret_cast<__u64>(&ids[0]);
  info.nr_map_ids = 8;
  __u32 size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(program, &info, &size), 0);
  EXPECT_EQ(info.nr_map_ids, 1U);
  return bpf_map_get_fd_by_id(ids[0]);
}

}  // namespace

std::uint32_t attached_program(const char* device) {
  __u32 id = 0;
  EXPECT_EQ(bpf_xdp_query_id(index_of(device), 0, &id), 0) << device;
  return id;
}

void replace_with_redirect_all(const char* device) {
  const int old_program = bpf_prog_get_fd_by_id(attached_program(device));
  ASSERT_GE(old_program, 0);
  const int map = xsks_map_of(old_program);
  ASSERT_GE(map, 0);
  bpf_object* object = bpf_object__open_file(HVS_REDIRECT_OBJECT, nullptr);
  ASSERT_NE(object, nullptr);
  ASSERT_EQ(bpf_map__reuse_fd(bpf_object__find_map_by_name(object, "xsks_map"), map), 0);
  ASSERT_EQ(bpf_object__load(object), 0);
  LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = old_program);
  const int program = bpf_program__fd(bpf_object__next_program(object, nullptr));
  ASSERT_EQ(bpf_xdp_attach(index_of(device), program, XDP_FLAGS_REPLACE, &options), 0);
  bpf_object__close(object);  // the device holds the program, the program its map
  close(map);
  close(old_program);
}

void attach_stranger(const char* device) {
  bpf_object* object = bpf_object__open_file(HVS_REDIRECT_OBJECT, nullptr);
  ASSERT_NE(object, nullptr);
  ASSERT_EQ(bpf_object__load(object), 0);
  const int program = bpf_program__fd(bpf_object__next_program(object, nullptr));
  ASSERT_EQ(bpf_xdp_attach(index_of(device), program, 0, nullptr), 0);
  bpf_object__close(object);
}

}  // namespace hvs::test
