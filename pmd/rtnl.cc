// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/rtnl.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>

#include <string>

namespace hvs::rtnl {
namespace {

int take_message(nl_msg* message, void* argument) {
  static_cast<const Reader*>(argument)->take(nlmsg_hdr(message));
  return NL_OK;
}

/// Negative: an error of libnl's, such as that the dump was interrupted by a change.
int dump_once(int what, const void* header, std::size_t size, const Reader& reader) {
  reader.begin();
  const SocketPtr socket = connect();
  if (!socket) return -NLE_BAD_SOCK;
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, take_message, const_cast<Reader*>(&reader));
  // libnl only reads the header.
  const int sent = nl_send_simple(socket.get(), what, NLM_F_DUMP, const_cast<void*>(header), size);
  return sent < 0 ? sent : nl_recvmsgs_default(socket.get());
}

}  // namespace

SocketPtr connect() {
  SocketPtr socket(nl_socket_alloc());
  if (socket && nl_connect(socket.get(), NETLINK_ROUTE) < 0) socket.reset();
  return socket;
}

Result<void> dump(int what, const Reader& reader) {
  rtgenmsg any{};
  any.rtgen_family = AF_UNSPEC;
  return dump(what, &any, sizeof any, reader);
}

Result<void> dump(int what, const void* header, std::size_t size, const Reader& reader) {
  constexpr int kAttempts = 10;  // the kernel's tables may be changing all the time
  int code = 0;
  for (int i = 0; i < kAttempts; ++i) {
    code = dump_once(what, header, size, reader);
    if (code >= 0) return {};
  }
  return Error{std::string("the kernel does not tell its addresses and routes: ") + nl_geterror(code), "",
               "Try again"};
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

std::uint32_t nexthop_of(nlmsghdr* route) {
  nlattr* object = nlmsg_find_attr(route, sizeof(rtmsg), RTA_NH_ID);
  return object == nullptr ? 0 : nla_get_u32(object);
}

}  // namespace hvs::rtnl
