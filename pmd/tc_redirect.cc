// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/tc_redirect.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace hvs {

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using SocketPtr = std::unique_ptr<nl_sock, Deleter<nl_socket_free>>;
using MessagePtr = std::unique_ptr<nl_msg, Deleter<nlmsg_free>>;

Error failed(const char* what, int error) {
  return {std::string("cannot ") + what + ": " + nl_geterror(error), "tc",
          "the kernel needs CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_U32 and CONFIG_NET_ACT_MIRRED"};
}

/// A request that makes a traffic control object of `kind`. nlmsg_alloc() gives a page, far more than these
/// take, so that adding an attribute cannot fail.
MessagePtr request(int type, const tcmsg& header, const char* kind) {
  MessagePtr message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL));
  if (!message) return nullptr;
  nlmsg_append(message.get(), const_cast<tcmsg*>(&header), sizeof header, NLMSG_ALIGNTO);
  nla_put_string(message.get(), TCA_KIND, kind);
  return message;
}

/// Sends and waits for the answer.
int ask(nl_sock* socket, MessagePtr message) {
  return message ? nl_send_sync(socket, message.release()) : -NLE_NOMEM;
}

int add_clsact(nl_sock* socket, std::uint32_t device) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(device);
  header.tcm_parent = TC_H_CLSACT;
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  return ask(socket, request(RTM_NEWQDISC, header, "clsact"));
}

void put_mirred(nl_msg* message, std::uint32_t to) {
  nlattr* actions = nla_nest_start(message, TCA_U32_ACT);
  nlattr* first = nla_nest_start(message, 1);
  nla_put_string(message, TCA_ACT_KIND, "mirred");
  nlattr* options = nla_nest_start(message, TCA_ACT_OPTIONS);
  tc_mirred redirect{};
  redirect.action = TC_ACT_STOLEN;
  redirect.eaction = TCA_INGRESS_REDIR;
  redirect.ifindex = to;
  nla_put(message, TCA_MIRRED_PARMS, sizeof redirect, &redirect);
  nla_nest_end(message, options);
  nla_nest_end(message, first);
  nla_nest_end(message, actions);
}

int add_filter(nl_sock* socket, std::uint32_t from, std::uint32_t to) {
  constexpr std::uint32_t kPriority = 1;
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(from);
  header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
  header.tcm_info = TC_H_MAKE(kPriority << 16, htons(ETH_P_ALL));
  MessagePtr message = request(RTM_NEWTFILTER, header, "u32");
  if (!message) return -NLE_NOMEM;
  nlattr* options = nla_nest_start(message.get(), TCA_OPTIONS);
  tc_u32_sel selector{};  // one key, all zeros: any value under an empty mask
  selector.flags = TC_U32_TERMINAL;
  selector.nkeys = 1;
  std::array<std::uint8_t, sizeof(tc_u32_sel) + sizeof(tc_u32_key)> bytes{};
  std::memcpy(bytes.data(), &selector, sizeof selector);
  nla_put(message.get(), TCA_U32_SEL, int{sizeof bytes}, bytes.data());
  put_mirred(message.get(), to);
  nla_nest_end(message.get(), options);
  return ask(socket, std::move(message));
}

}  // namespace

// The messages are written out because libnl-route's mirred (3.7) refuses a redirection to ingress.
Result<void> redirect_ingress(std::uint32_t from, std::uint32_t to) {
  const SocketPtr socket(nl_socket_alloc());
  if (!socket) return failed("allocate a socket", -NLE_NOMEM);
  if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0) {
    return failed("open rtnetlink", error);
  }
  if (const int error = add_clsact(socket.get(), from); error < 0) return failed("add a clsact qdisc", error);
  if (const int error = add_filter(socket.get(), from, to); error < 0)
    return failed("redirect frames", error);
  return {};
}

}  // namespace hvs
