// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/fd_watch.h"

#include <dirent.h>
#include <linux/limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace hvs {
namespace {

bool is_af_xdp_socket(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_XDP;
}

bool is_bpf(int fd) {
  char target[64];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), target, sizeof target);
  const std::string_view text(target, size < 0 ? 0 : static_cast<std::size_t>(size));
  return text == "anon_inode:bpf-prog" || text == "anon_inode:bpf-map" || text == "anon_inode:btf";
}

// BPF descriptors share one inode; /proc tells the id of what is behind each.
std::uint64_t bpf_id_of(int fd) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
  std::string name;
  std::uint64_t value = 0;
  for (std::string line; std::getline(info, line);) {
    std::istringstream fields(line);
    fields >> name >> value;
    if (name == "prog_id:" || name == "map_id:" || name == "btf_id:") return value;
  }
  return 0;
}

std::uint64_t inode_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

WatchedFds list_watched_fds() {
  WatchedFds found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), closedir);
  if (!directory) return found;
  while (const dirent* entry = readdir(directory.get())) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == dirfd(directory.get())) continue;
    if (is_af_xdp_socket(fd)) found.sockets.push_back({fd, inode_of(fd)});
    if (is_bpf(fd)) found.bpf.push_back({fd, bpf_id_of(fd)});
  }
  return found;
}

std::vector<WatchedFd> added(const std::vector<WatchedFd>& before, const std::vector<WatchedFd>& after) {
  std::vector<WatchedFd> fresh;
  for (const WatchedFd& fd : after) {
    const auto same = [&](const WatchedFd& old) {
      return old.number == fd.number && old.identity == fd.identity;
    };
    if (std::none_of(before.begin(), before.end(), same)) fresh.push_back(fd);
  }
  return fresh;
}

void close_leftovers(const std::vector<WatchedFd>& sockets, const std::vector<WatchedFd>& bpf) {
  for (const WatchedFd& fd : sockets) {
    if (is_af_xdp_socket(fd.number) && inode_of(fd.number) == fd.identity) close(fd.number);
  }
  for (const WatchedFd& fd : bpf) {
    if (is_bpf(fd.number) && bpf_id_of(fd.number) == fd.identity) close(fd.number);
  }
}

}  // namespace hvs
