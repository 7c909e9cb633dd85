// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"

// What the files that speak rtnetlink by libnl have in common.
namespace hvs::rtnl {

struct FreeSocket {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using SocketPtr = std::unique_ptr<nl_sock, FreeSocket>;

/// nullptr: it could not be.
SocketPtr connect();

/// What reads a dump. It may begin several times: what was taken before is then void.
struct Reader {
  std::function<void()> begin;
  std::function<void(nlmsghdr*)> take;
};

/// Asks for all of a kind (RTM_GETROUTE, ...) of every family. A dump that failed, or during which the kernel
/// changed something, begins again; an error says that none came to its end.
Result<void> dump(int what, const Reader& reader);
/// The same with a header of the kind's own.
Result<void> dump(int what, const void* header, std::size_t size, const Reader& reader);

/// The netdevs of the hops of a route that has several; empty for one that has one.
std::vector<std::uint32_t> hops_of(nlmsghdr* route);
/// The netdev of a route that has one hop; 0: none.
std::uint32_t device_of(nlmsghdr* route);
/// The nexthop object of a route; 0: none.
std::uint32_t nexthop_of(nlmsghdr* route);

}  // namespace hvs::rtnl
