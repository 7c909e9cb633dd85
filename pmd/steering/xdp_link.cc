// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering/xdp_link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <vector>

#include "model/message_id.h"

namespace hvs {

namespace {

std::string tag_text(const bpf_prog_info& info) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : info.tag) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
  return out;
}

Error xdp_error(const char* action, std::uint32_t ifindex, int error, const char* fix) {
  return message(MessageId::steering_program, device_name(ifindex),
                 std::string(action) + ": " + errno_text(error), fix);
}

}  // namespace

bool AttachedXdp::native() const { return flags == XDP_FLAGS_DRV_MODE; }
bool AttachedXdp::generic() const { return flags == XDP_FLAGS_SKB_MODE; }
bool AttachedXdp::ours() const { return steers() || name == "hvs_bootstrap"; }
bool AttachedXdp::steers() const { return name == "hvs_steer"; }
std::string AttachedXdp::text() const {
  return "'" + name + "' (id " + std::to_string(id) + ", tag " + tag + ", " + mode + ")";
}

std::string device_name(std::uint32_t ifindex) {
  char name[IF_NAMESIZE] = {};
  if (if_indextoname(ifindex, name) != nullptr) return name;
  return "interface " + std::to_string(ifindex);
}

Result<std::optional<AttachedXdp>> query_xdp(std::uint32_t ifindex) {
  LIBBPF_OPTS(bpf_xdp_query_opts, query);
  const int status = bpf_xdp_query(static_cast<int>(ifindex), 0, &query);
  if (status < 0) return xdp_error("cannot ask for its XDP program", ifindex, status, "Run as root");
  AttachedXdp out;
  // With a program in hardware and another in software, the one in software is in the way.
  if (query.drv_prog_id != 0) {
    out = {query.drv_prog_id, "", "", "native", XDP_FLAGS_DRV_MODE};
  } else if (query.skb_prog_id != 0) {
    out = {query.skb_prog_id, "", "", "generic", XDP_FLAGS_SKB_MODE};
  } else if (query.hw_prog_id != 0) {
    out = {query.hw_prog_id, "", "", "offloaded", XDP_FLAGS_HW_MODE};
  } else {
    return std::optional<AttachedXdp>();
  }
  auto program = open_program(out.id);
  if (!program) return program.error();
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(program->get(), &info, &size) != 0)
    return xdp_error("cannot describe its XDP program", ifindex, errno, "");
  out.name = info.name;
  out.tag = tag_text(info);
  return std::optional<AttachedXdp>(out);
}

Result<Fd> open_program(std::uint32_t id) {
  Fd fd(bpf_prog_get_fd_by_id(id));
  if (!fd)
    return Error{"cannot open BPF program " + std::to_string(id) + ": " + errno_text(), "", "Run as root"};
  return fd;
}

Result<Fd> open_map_of_program(int prog_fd, const std::string& name) {
  std::vector<__u32> ids(64);
  bpf_prog_info info{};
  info.nr_map_ids = static_cast<__u32>(ids.size());
  info.map_ids = reinterpret_cast<__u64>(ids.data());
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(prog_fd, &info, &size) != 0)
    return Error{"cannot list the maps of a BPF program: " + errno_text(), "", ""};
  ids.resize(std::min<std::size_t>(ids.size(), info.nr_map_ids));
  for (const __u32 id : ids) {
    Fd map(bpf_map_get_fd_by_id(id));
    bpf_map_info map_info{};
    size = sizeof map_info;
    if (map && bpf_obj_get_info_by_fd(map.get(), &map_info, &size) == 0 && name == map_info.name) return map;
  }
  return Error{"BPF program '" + std::string(info.name) + "' uses no map named " + name, "", ""};
}

Result<void> replace_xdp(std::uint32_t ifindex, int prog_fd, int old_fd, std::uint32_t mode_flags) {
  LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = old_fd);
  const int status =
      bpf_xdp_attach(static_cast<int>(ifindex), prog_fd, mode_flags | XDP_FLAGS_REPLACE, &options);
  if (status < 0)
    return xdp_error("cannot replace the XDP program", ifindex, status,
                     "Another program may have taken its place: see `bpftool net`");
  return {};
}

Result<void> attach_xdp(std::uint32_t ifindex, int prog_fd, std::uint32_t mode_flags) {
  const int status =
      bpf_xdp_attach(static_cast<int>(ifindex), prog_fd, mode_flags | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr);
  if (status < 0) return xdp_error("cannot attach the XDP program", ifindex, status, "See `bpftool net`");
  return {};
}

Result<void> detach_xdp(std::uint32_t ifindex, int prog_fd, std::uint32_t mode_flags) {
  LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = prog_fd);
  const int status = bpf_xdp_detach(static_cast<int>(ifindex), mode_flags | XDP_FLAGS_REPLACE, &options);
  if (status < 0)
    return xdp_error("cannot detach the XDP program", ifindex, status,
                     "Another program may have taken its place: see `bpftool net`");
  return {};
}

}  // namespace hvs
