// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/rtnl.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>

namespace hvs::rtnl {

SocketPtr connect() {
  SocketPtr socket(nl_socket_alloc());
  if (socket && nl_connect(socket.get(), NETLINK_ROUTE) < 0) socket.reset();
  return socket;
}

void dump(nl_sock* socket, int what, int (*take)(nl_msg*, void*), void* argument) {
  nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take, argument);
  rtgenmsg any{};
  any.rtgen_family = AF_UNSPEC;
  if (nl_send_simple(socket, what, NLM_F_DUMP, &any, sizeof any) >= 0) (void)nl_recvmsgs_default(socket);
}

std::vector<std::uint32_t> hops_of(nlmsghdr* route) {
  std::vector<std::uint32_t> out;
  nlattr* hops = nlmsg_find_attr(route, sizeof(rtmsg), RTA_MULTIPATH);
  if (hops == nullptr) return out;
  auto left = static_cast<unsigned>(nla_len(hops));
  const char* at = static_cast<const char*>(nla_data(hops));
  while (left >= sizeof(rtnexthop)) {
    const auto* hop = reinterpret_cast<const rtnexthop*>(at);
    if (hop->rtnh_len < sizeof(rtnexthop) || hop->rtnh_len > left) break;
    out.push_back(static_cast<std::uint32_t>(hop->rtnh_ifindex));
    const unsigned step = RTNH_ALIGN(hop->rtnh_len);
    if (step > left) break;
    left -= step;
    at += step;
  }
  return out;
}

std::uint32_t device_of(nlmsghdr* route) {
  nlattr* out = nlmsg_find_attr(route, sizeof(rtmsg), RTA_OIF);
  return out == nullptr ? 0 : nla_get_u32(out);
}

}  // namespace hvs::rtnl
