// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <vector>

// DPDK's AF_XDP driver opens sockets and BPF descriptors and tells nobody which; of both kinds it leaves some
// open. So the descriptors of the process are listed before and after. Only the control thread opens such
// descriptors.
namespace hvs {

struct WatchedFd {
  int number = -1;
  std::uint64_t identity = 0;  // inode or BPF id: tells a number that was taken again from the one we knew
};

struct WatchedFds {
  std::vector<WatchedFd> sockets;  // of AF_XDP
  std::vector<WatchedFd> bpf;      // programs, maps, BTF
};

/// All that are open now.
WatchedFds list_watched_fds();
/// Those of `after` that are not in `before`.
std::vector<WatchedFd> added(const std::vector<WatchedFd>& before, const std::vector<WatchedFd>& after);
/// Closes those that are still what they were.
void close_leftovers(const std::vector<WatchedFd>& sockets, const std::vector<WatchedFd>& bpf);

}  // namespace hvs
