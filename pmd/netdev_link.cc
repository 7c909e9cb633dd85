// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/netdev_link.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <memory>

namespace hvs {
namespace {

struct Free {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using SocketPtr = std::unique_ptr<nl_sock, Free>;
using MessagePtr = std::unique_ptr<nl_msg, Free>;

SocketPtr connect() {
  SocketPtr socket(nl_socket_alloc());
  if (socket && nl_connect(socket.get(), NETLINK_ROUTE) < 0) socket.reset();
  return socket;
}

MessagePtr link_message(int type, int flags, std::uint32_t ifindex) {
  MessagePtr message(nlmsg_alloc_simple(type, flags));
  ifinfomsg info{};
  info.ifi_index = static_cast<int>(ifindex);
  if (message && nlmsg_append(message.get(), &info, sizeof info, NLMSG_ALIGNTO) < 0) message.reset();
  return message;
}

int read_link(nl_msg* message, void* argument) {
  auto* link = static_cast<NetdevLink*>(argument);
  nlmsghdr* header = nlmsg_hdr(message);
  if (header->nlmsg_type != RTM_NEWLINK) return NL_OK;
  link->exists = true;
  link->up = (static_cast<const ifinfomsg*>(nlmsg_data(header))->ifi_flags & IFF_UP) != 0;
  nlattr* users = nlmsg_find_attr(header, sizeof(ifinfomsg), IFLA_PROMISCUITY);
  link->promiscuous = users != nullptr && nla_get_u32(users) != 0;
  return NL_OK;
}

}  // namespace

NetdevLink netdev_link(std::uint32_t ifindex) {
  NetdevLink link;
  const SocketPtr socket = connect();
  const MessagePtr ask = link_message(RTM_GETLINK, 0, ifindex);
  if (!socket || !ask) return link;
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, read_link, &link);
  nl_socket_disable_auto_ack(socket.get());
  if (nl_send_auto(socket.get(), ask.get()) >= 0) (void)nl_recvmsgs_default(socket.get());
  return link;
}

bool set_netdev_carrier(std::uint32_t ifindex, bool up) {
  const SocketPtr socket = connect();
  MessagePtr message = link_message(RTM_NEWLINK, 0, ifindex);
  if (!socket || !message || nla_put_u8(message.get(), IFLA_CARRIER, up ? 1 : 0) < 0) return false;
  return nl_send_sync(socket.get(), message.release()) >= 0;  // frees the message
}

}  // namespace hvs
