// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/xdp_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <vector>

#include "base/units.h"

namespace hvs {
namespace {

bool is_sockets_map(std::uint32_t id) {
  const int fd = bpf_map_get_fd_by_id(id);
  if (fd < 0) return false;
  bpf_map_info info{};
  __u32 size = sizeof info;
  const bool is = bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && std::strcmp(info.name, "xsks_map") == 0;
  close(fd);
  return is;
}

std::uint32_t sockets_map_of(int program) {
  std::vector<__u32> ids(64);
  bpf_prog_info info{};
  info.nr_map_ids = static_cast<__u32>(ids.size());
  info.map_ids = reinterpret_cast<__u64>(ids.data());
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) != 0) return 0;
  ids.resize(info.nr_map_ids < ids.size() ? info.nr_map_ids : ids.size());
  for (const __u32 id : ids) {
    if (is_sockets_map(id)) return id;
  }
  return 0;
}

}  // namespace

XdpProgram attached_xdp_program(std::uint32_t ifindex) {
  XdpProgram program;
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &query) != 0) return program;
  program.id = query.drv_prog_id != 0 ? query.drv_prog_id : query.skb_prog_id;
  program.mode_flags = query.drv_prog_id != 0 ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const int fd = program.id == 0 ? -1 : bpf_prog_get_fd_by_id(program.id);
  if (fd < 0) return program;
  program.sockets_map = sockets_map_of(fd);
  close(fd);
  return program;
}

void detach_xdp_program(std::uint32_t ifindex, const XdpProgram& program) {
  const int fd = bpf_prog_get_fd_by_id(program.id);
  if (fd < 0) return;
  LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = fd);
  bpf_xdp_detach(static_cast<int>(ifindex), program.mode_flags | XDP_FLAGS_REPLACE, &options);
  close(fd);
  // A program in generic mode may be at its last frame on another CPU.
  std::this_thread::sleep_for(10ms);
}

}  // namespace hvs
