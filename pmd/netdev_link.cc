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

#include "pmd/rtnl.h"

namespace hvs {
namespace {

struct FreeMessage {
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using MessagePtr = std::unique_ptr<nl_msg, FreeMessage>;

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

/// False: the kernel gave no answer, or an error.
bool ask_link(nl_sock* socket, nl_msg* ask, NetdevLink& link) {
  nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, read_link, &link);
  nl_socket_disable_auto_ack(socket);
  return nl_send_auto(socket, ask) >= 0 && nl_recvmsgs_default(socket) >= 0;
}

}  // namespace

NetdevLink netdev_link(std::uint32_t ifindex) {
  NetdevLink link;
  const rtnl::SocketPtr socket = rtnl::connect();
  const MessagePtr ask = link_message(RTM_GETLINK, 0, ifindex);
  if (socket && ask) (void)ask_link(socket.get(), ask.get(), link);
  return link;
}

void NetdevLooks::Free::operator()(nl_sock* socket) const { nl_socket_free(socket); }

NetdevLink NetdevLooks::look(const std::string& name) {
  NetdevLink link;
  if (!socket_) socket_.reset(rtnl::connect().release());
  const MessagePtr ask = link_message(RTM_GETLINK, 0, 0);
  if (!socket_ || !ask || nla_put_string(ask.get(), IFLA_IFNAME, name.c_str()) < 0) return link;
  // After a failure the answer may come yet: nobody waits for it at the next socket.
  if (!ask_link(socket_.get(), ask.get(), link)) socket_.reset();
  return link;
}

bool set_netdev_carrier(std::uint32_t ifindex, bool up) {
  const rtnl::SocketPtr socket = rtnl::connect();
  MessagePtr message = link_message(RTM_NEWLINK, 0, ifindex);
  if (!socket || !message || nla_put_u8(message.get(), IFLA_CARRIER, up ? 1 : 0) < 0) return false;
  return nl_send_sync(socket.get(), message.release()) >= 0;  // frees the message
}

}  // namespace hvs
