// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/netdev_state.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "pmd/netdev_link.h"
#include "pmd/rtnl.h"

namespace hvs {
namespace {

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

/// Set by somebody, and not made by the kernel itself.
bool set_by_hand(nlmsghdr* message) {
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(message));
  return route->rtm_type == RTN_UNICAST && route->rtm_protocol != RTPROT_KERNEL &&
         route->rtm_protocol != RTPROT_RA && (route->rtm_flags & RTM_F_CLONED) == 0;
}

/// A routing daemon's: it hears that the netdev is gone and that another came, and knows better than we what
/// leads where then. FRR, gated, BIRD and the rest have numbers of their own (linux/rtnetlink.h).
bool of_a_daemon(nlmsghdr* message) {
  static constexpr std::array<unsigned, 13> kDaemons{
      RTPROT_GATED, RTPROT_MRT, RTPROT_ZEBRA, RTPROT_BIRD, RTPROT_DNROUTED, RTPROT_XORP, RTPROT_BABEL,
      RTPROT_OPENR, RTPROT_BGP, RTPROT_ISIS,  RTPROT_OSPF, RTPROT_RIP,      RTPROT_EIGRP};
  const unsigned protocol = static_cast<const rtmsg*>(nlmsg_data(message))->rtm_protocol;
  return std::find(kDaemons.begin(), kDaemons.end(), protocol) != kDaemons.end();
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
  std::size_t left_out = 0;

  bool wants_route(nlmsghdr* message) {
    if (!set_by_hand(message)) return false;
    const bool single = rtnl::device_of(message) == ifindex;
    const auto hops = rtnl::hops_of(message);
    const bool by_object = nlmsg_find_attr(message, sizeof(rtmsg), RTA_NH_ID) != nullptr;
    const bool moves = single && !by_object && !of_a_daemon(message);
    if ((single && !moves) || std::find(hops.begin(), hops.end(), ifindex) != hops.end()) ++left_out;
    return moves;
  }
  void collect(nlmsghdr* message) {
    const bool wanted = message->nlmsg_type == RTM_NEWADDR    ? wanted_address(message, ifindex)
                        : message->nlmsg_type == RTM_NEWROUTE ? wants_route(message)
                                                              : false;
    if (!wanted) return;
    const auto* bytes = reinterpret_cast<const std::byte*>(message);
    out->emplace_back(bytes, bytes + message->nlmsg_len);
  }
};

/// Asks the kernel for the same address or route on another device. False when it refuses, and not when
/// somebody was faster with such a route: what is there now is newer than what was saved.
bool set(nl_sock* socket, std::vector<std::byte> bytes, std::uint32_t ifindex) {
  auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
  const bool route = header->nlmsg_type == RTM_NEWROUTE;
  if (!route) {
    static_cast<ifaddrmsg*>(nlmsg_data(header))->ifa_index = ifindex;
    mark_unique(header);
  } else if (nlattr* out = out_of(header)) {
    std::memcpy(nla_data(out), &ifindex, sizeof ifindex);
    forget_link_state(header);
  }
  header->nlmsg_flags =
      static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_CREATE | (route ? NLM_F_EXCL : NLM_F_REPLACE));
  header->nlmsg_seq = NL_AUTO_SEQ;  // not the dump's: the answer must match
  header->nlmsg_pid = NL_AUTO_PORT;
  nl_msg* message = nlmsg_convert(header);
  if (message == nullptr) return false;
  const int code = nl_send_sync(socket, message);  // frees the message
  return code >= 0 || (route && code == -NLE_EXIST);
}

constexpr const char* kTitle = "hvs netdev state 1: up %u, left out %zu, messages %zu\n";

/// As save() collects them: nothing is read or written beyond the message later.
bool well_formed(nlmsghdr* message) {
  const bool route = message->nlmsg_type == RTM_NEWROUTE;
  if (!route && message->nlmsg_type != RTM_NEWADDR) return false;
  const int head = route ? sizeof(rtmsg) : sizeof(ifaddrmsg);
  if (nlmsg_datalen(message) < head) return false;
  nlattr* number = nlmsg_find_attr(message, head, route ? int{RTA_OIF} : int{IFA_FLAGS});
  if (number == nullptr) return !route;
  return nla_len(number) == sizeof(std::uint32_t);
}

/// The first message; nothing when it does not end within the bytes, or is another one.
std::optional<std::vector<std::byte>> first_message(std::string_view bytes) {
  nlmsghdr head{};
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.nlmsg_len < sizeof head || head.nlmsg_len > bytes.size()) return std::nullopt;
  std::vector<std::byte> message(head.nlmsg_len);
  std::memcpy(message.data(), bytes.data(), message.size());
  if (!well_formed(reinterpret_cast<nlmsghdr*>(message.data()))) return std::nullopt;
  return message;
}

}  // namespace

std::string NetdevState::pack() const {
  std::array<char, 128> title{};
  const int size =
      std::snprintf(title.data(), title.size(), kTitle, up_ ? 1U : 0U, left_out_, messages_.size());
  std::string out(title.data(), static_cast<std::size_t>(size));
  for (const auto& message : messages_)
    out.append(reinterpret_cast<const char*>(message.data()), message.size());
  return out;
}

std::optional<NetdevState> NetdevState::unpack(std::string_view bytes) {
  const auto line = bytes.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  const std::string title(bytes.substr(0, line + 1));
  NetdevState state;
  unsigned up = 0;
  std::size_t count = 0;
  if (std::sscanf(title.c_str(), kTitle, &up, &state.left_out_, &count) != 3) return std::nullopt;
  state.up_ = up != 0;
  bytes.remove_prefix(line + 1);
  while (!bytes.empty()) {
    auto message = first_message(bytes);
    if (!message) return std::nullopt;
    bytes.remove_prefix(message->size());
    state.messages_.push_back(std::move(*message));
  }
  if (state.size() != count) return std::nullopt;
  return state;
}

Result<NetdevState> NetdevState::save(std::uint32_t ifindex) {
  NetdevState state;
  const NetdevLink link = netdev_link(ifindex);
  if (!link.exists) {
    return Error{"the kernel does not tell the state of the netdev with index " + std::to_string(ifindex), "",
                 "Try again"};
  }
  state.up_ = link.up;
  for (const int what : {RTM_GETADDR, RTM_GETROUTE}) {
    std::vector<std::vector<std::byte>> messages;
    Collector collector{ifindex, &messages};
    const auto begin = [&] {
      messages.clear();
      collector.left_out = 0;
    };
    const auto take = [&](nlmsghdr* message) { collector.collect(message); };
    if (auto told = rtnl::dump(what, {begin, take}); !told) return told.error();
    std::move(messages.begin(), messages.end(), std::back_inserter(state.messages_));
    state.left_out_ += collector.left_out;
  }
  return state;
}

std::size_t NetdevState::restore(std::uint32_t ifindex) const {
  const rtnl::SocketPtr socket = rtnl::connect();
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
