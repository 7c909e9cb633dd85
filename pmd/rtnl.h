// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <cstdint>
#include <memory>
#include <vector>

// What the files that speak rtnetlink by libnl have in common.
namespace hvs::rtnl {

struct FreeSocket {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using SocketPtr = std::unique_ptr<nl_sock, FreeSocket>;

/// nullptr: it could not be.
SocketPtr connect();

/// Asks for all of a kind (RTM_GETROUTE, ...) of every family, each message given to `take`.
void dump(nl_sock* socket, int what, int (*take)(nl_msg*, void*), void* argument);

/// The netdevs of the hops of a route that has several; empty for one that has one.
std::vector<std::uint32_t> hops_of(nlmsghdr* route);
/// The netdev of a route that has one hop; 0: none.
std::uint32_t device_of(nlmsghdr* route);

}  // namespace hvs::rtnl
