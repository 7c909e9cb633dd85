// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/route_query.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>

#include "pmd/rtnl.h"

namespace hvs {
namespace {

int collect_default(nl_msg* message, void* argument) {
  auto* out = static_cast<std::vector<std::uint32_t>*>(argument);
  nlmsghdr* header = nlmsg_hdr(message);
  if (header->nlmsg_type != RTM_NEWROUTE) return NL_OK;
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(header));
  const bool unicast = route->rtm_family == AF_INET || route->rtm_family == AF_INET6;
  if (!unicast || route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST) return NL_OK;
  if (const std::uint32_t device = rtnl::device_of(header); device != 0) out->push_back(device);
  for (const std::uint32_t device : rtnl::hops_of(header)) out->push_back(device);
  return NL_OK;
}

int read_device(nl_msg* message, void* argument) {
  nlmsghdr* header = nlmsg_hdr(message);
  if (header->nlmsg_type == RTM_NEWROUTE) *static_cast<std::uint32_t*>(argument) = rtnl::device_of(header);
  return NL_OK;
}

}  // namespace

std::vector<std::uint32_t> default_route_netdevs() {
  std::vector<std::uint32_t> out;
  if (const rtnl::SocketPtr socket = rtnl::connect())
    rtnl::dump(socket.get(), RTM_GETROUTE, collect_default, &out);
  return out;
}

std::uint32_t netdev_towards(const IpAddr& addr) {
  const rtnl::SocketPtr socket = rtnl::connect();
  nl_msg* ask = nlmsg_alloc_simple(RTM_GETROUTE, 0);
  std::uint32_t device = 0;
  rtmsg route{};
  route.rtm_family = addr.is_v4() ? AF_INET : AF_INET6;
  const int bytes = addr.is_v4() ? 4 : 16;
  route.rtm_dst_len = static_cast<unsigned char>(8 * bytes);
  if (socket && ask != nullptr && nlmsg_append(ask, &route, sizeof route, NLMSG_ALIGNTO) >= 0 &&
      nla_put(ask, RTA_DST, bytes, addr.bytes.data()) >= 0) {
    nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, read_device, &device);
    nl_socket_disable_auto_ack(socket.get());
    if (nl_send_auto(socket.get(), ask) >= 0) (void)nl_recvmsgs_default(socket.get());
  }
  nlmsg_free(ask);
  return device;
}

}  // namespace hvs
