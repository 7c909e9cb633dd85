// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/netdev_state.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <cstring>
#include <memory>

namespace hvs {
namespace {

struct Free {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using SocketPtr = std::unique_ptr<nl_sock, Free>;

SocketPtr connect() {
  SocketPtr socket(nl_socket_alloc());
  if (socket && nl_connect(socket.get(), NETLINK_ROUTE) < 0) socket.reset();
  return socket;
}

std::uint32_t number_at(nlattr* attribute) { return attribute == nullptr ? 0 : nla_get_u32(attribute); }

nlattr* out_of(nlmsghdr* message) { return nlmsg_find_attr(message, sizeof(rtmsg), RTA_OIF); }

bool wanted_address(nlmsghdr* message, std::uint32_t ifindex) {
  const auto* address = static_cast<const ifaddrmsg*>(nlmsg_data(message));
  if (address->ifa_index != ifindex || address->ifa_scope == RT_SCOPE_LINK) return false;
  nlattr* more = nlmsg_find_attr(message, sizeof(ifaddrmsg), IFA_FLAGS);
  const std::uint32_t flags = more != nullptr ? number_at(more) : address->ifa_flags;
  return (flags & IFA_F_MANAGETEMPADDR) == 0 &&
         ((flags & IFA_F_PERMANENT) != 0 || address->ifa_family == AF_INET);
}

bool wanted_route(nlmsghdr* message, std::uint32_t ifindex) {
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(message));
  return route->rtm_type == RTN_UNICAST && route->rtm_protocol != RTPROT_KERNEL &&
         route->rtm_protocol != RTPROT_RA && (route->rtm_flags & RTM_F_CLONED) == 0 &&
         number_at(out_of(message)) == ifindex;
}

/// Nobody else got the address meanwhile: no time is lost on asking.
void mark_unique(nlmsghdr* message) {
  auto* address = static_cast<ifaddrmsg*>(nlmsg_data(message));
  address->ifa_flags = address->ifa_flags | IFA_F_NODAD;
  nlattr* more = nlmsg_find_attr(message, sizeof(ifaddrmsg), IFA_FLAGS);
  if (more == nullptr) return;
  const std::uint32_t flags = nla_get_u32(more) | IFA_F_NODAD;
  std::memcpy(nla_data(more), &flags, sizeof flags);
}

/// The kernel refuses a route that says of itself that its link is down, as one of a NIC without a carrier
/// does.
void forget_link_state(nlmsghdr* message) {
  auto* route = static_cast<rtmsg*>(nlmsg_data(message));
  route->rtm_flags &= ~static_cast<unsigned>(RTNH_F_DEAD | RTNH_F_LINKDOWN);
}

struct Collector {
  std::uint32_t ifindex;
  std::vector<std::vector<std::byte>>* out;
};

int collect(nl_msg* message, void* argument) {
  const auto* collector = static_cast<const Collector*>(argument);
  nlmsghdr* header = nlmsg_hdr(message);
  const bool wanted = header->nlmsg_type == RTM_NEWADDR    ? wanted_address(header, collector->ifindex)
                      : header->nlmsg_type == RTM_NEWROUTE ? wanted_route(header, collector->ifindex)
                                                           : false;
  if (!wanted) return NL_OK;
  const auto* bytes = reinterpret_cast<const std::byte*>(header);
  collector->out->emplace_back(bytes, bytes + header->nlmsg_len);
  return NL_OK;
}

/// Asks the kernel for the same address or route on another device. False when it refuses.
bool set(nl_sock* socket, std::vector<std::byte> bytes, std::uint32_t ifindex) {
  auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
  if (header->nlmsg_type == RTM_NEWADDR) {
    static_cast<ifaddrmsg*>(nlmsg_data(header))->ifa_index = ifindex;
    mark_unique(header);
  } else if (nlattr* out = out_of(header)) {
    std::memcpy(nla_data(out), &ifindex, sizeof ifindex);
    forget_link_state(header);
  }
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
  header->nlmsg_seq = NL_AUTO_SEQ;  // not the dump's: the answer must match
  header->nlmsg_pid = NL_AUTO_PORT;
  nl_msg* message = nlmsg_convert(header);
  return message != nullptr && nl_send_sync(socket, message) >= 0;  // frees the message
}

void dump(nl_sock* socket, int what, Collector& collector) {
  nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, collect, &collector);
  rtgenmsg any{};
  any.rtgen_family = AF_UNSPEC;
  if (nl_send_simple(socket, what, NLM_F_DUMP, &any, sizeof any) >= 0) (void)nl_recvmsgs_default(socket);
}

}  // namespace

NetdevState NetdevState::save(std::uint32_t ifindex) {
  NetdevState state;
  const SocketPtr socket = connect();
  if (!socket) return state;
  Collector collector{ifindex, &state.messages_};
  dump(socket.get(), RTM_GETADDR, collector);
  dump(socket.get(), RTM_GETROUTE, collector);
  return state;
}

std::size_t NetdevState::restore(std::uint32_t ifindex) const {
  const SocketPtr socket = connect();
  if (!socket) return 0;
  // A dump begins with the default route, whose gateway may need a later one: what was refused is tried again
  // while others are taken.
  std::vector<std::vector<std::byte>> left = messages_;
  for (std::size_t before = left.size() + 1; left.size() < before;) {
    before = left.size();
    std::erase_if(left,
                  [&](const std::vector<std::byte>& bytes) { return set(socket.get(), bytes, ifindex); });
  }
  return messages_.size() - left.size();
}

}  // namespace hvs
