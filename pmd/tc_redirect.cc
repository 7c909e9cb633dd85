// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/tc_redirect.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/act/mirred.h>
#include <netlink/route/classifier.h>
#include <netlink/route/cls/u32.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <netlink/socket.h>

#include <memory>
#include <string>

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
using QdiscPtr = std::unique_ptr<rtnl_qdisc, Deleter<rtnl_qdisc_put>>;
using FilterPtr = std::unique_ptr<rtnl_cls, Deleter<rtnl_cls_put>>;
using ActionPtr = std::unique_ptr<rtnl_act, Deleter<rtnl_act_put>>;

Error failed(const char* what, int error) {
  return {std::string("cannot ") + what + ": " + nl_geterror(error), "tc",
          "the kernel needs CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_U32 and CONFIG_NET_ACT_MIRRED"};
}

int add_clsact(nl_sock* socket, std::uint32_t device) {
  const QdiscPtr qdisc(rtnl_qdisc_alloc());
  if (!qdisc) return -NLE_NOMEM;
  rtnl_tc_set_ifindex(TC_CAST(qdisc.get()), static_cast<int>(device));
  rtnl_tc_set_parent(TC_CAST(qdisc.get()), TC_H_CLSACT);
  rtnl_tc_set_handle(TC_CAST(qdisc.get()), TC_H_MAKE(TC_H_CLSACT, 0));
  if (const int error = rtnl_tc_set_kind(TC_CAST(qdisc.get()), "clsact"); error < 0) return error;
  return rtnl_qdisc_add(socket, qdisc.get(), NLM_F_CREATE);
}

int add_filter(nl_sock* socket, std::uint32_t from, std::uint32_t to) {
  const FilterPtr filter(rtnl_cls_alloc());
  const ActionPtr action(rtnl_act_alloc());
  if (!filter || !action) return -NLE_NOMEM;
  rtnl_tc_set_ifindex(TC_CAST(filter.get()), static_cast<int>(from));
  rtnl_tc_set_parent(TC_CAST(filter.get()), TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
  rtnl_cls_set_prio(filter.get(), 1);
  rtnl_cls_set_protocol(filter.get(), ETH_P_ALL);
  int error = rtnl_tc_set_kind(TC_CAST(filter.get()), "u32");
  if (error == 0) error = rtnl_tc_set_kind(TC_CAST(action.get()), "mirred");
  if (error == 0) error = rtnl_mirred_set_action(action.get(), TCA_INGRESS_REDIR);
  if (error == 0) error = rtnl_mirred_set_policy(action.get(), TC_ACT_STOLEN);
  if (error == 0) error = rtnl_mirred_set_ifindex(action.get(), to);
  if (error == 0) error = rtnl_u32_add_key(filter.get(), 0, 0, 0, 0);  // any value under an empty mask
  if (error == 0) error = rtnl_u32_set_cls_terminal(filter.get());
  if (error == 0) error = rtnl_u32_add_action(filter.get(), action.get());
  return error == 0 ? rtnl_cls_add(socket, filter.get(), NLM_F_CREATE) : error;
}

}  // namespace

Result<void> redirect_ingress(std::uint32_t from, std::uint32_t to) {
  const SocketPtr socket(nl_socket_alloc());
  if (!socket) return failed("allocate a socket", -NLE_NOMEM);
  if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0)
    return failed("open rtnetlink", error);
  if (const int error = add_clsact(socket.get(), from); error < 0) return failed("add a clsact qdisc", error);
  if (const int error = add_filter(socket.get(), from, to); error < 0)
    return failed("redirect frames", error);
  return {};
}

}  // namespace hvs
