// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/route_query.h"

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "pmd/rtnl.h"

namespace hvs {
namespace {

bool is_default(nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWROUTE) return false;
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(message));
  const bool unicast = route->rtm_family == AF_INET || route->rtm_family == AF_INET6;
  return unicast && route->rtm_dst_len == 0 && route->rtm_type == RTN_UNICAST;
}

/// Nexthop objects: of one netdev, or groups of others.
struct Nexthops {
  std::map<std::uint32_t, std::uint32_t> devices;
  std::map<std::uint32_t, std::vector<std::uint32_t>> groups;

  void read(nlmsghdr* message) {
    if (message->nlmsg_type != RTM_NEWNEXTHOP) return;
    nlattr* id = nlmsg_find_attr(message, sizeof(nhmsg), NHA_ID);
    if (id == nullptr) return;
    if (nlattr* device = nlmsg_find_attr(message, sizeof(nhmsg), NHA_OIF))
      devices[nla_get_u32(id)] = nla_get_u32(device);
    nlattr* group = nlmsg_find_attr(message, sizeof(nhmsg), NHA_GROUP);
    if (group == nullptr) return;
    const auto* bytes = static_cast<const char*>(nla_data(group));
    for (std::size_t at = 0; at + sizeof(nexthop_grp) <= static_cast<std::size_t>(nla_len(group));
         at += sizeof(nexthop_grp)) {
      nexthop_grp member{};
      std::memcpy(&member, bytes + at, sizeof member);
      groups[nla_get_u32(id)].push_back(member.id);
    }
  }
  void add_devices(std::uint32_t id, std::vector<std::uint32_t>& out) const {
    if (const auto one = devices.find(id); one != devices.end()) out.push_back(one->second);
    const auto group = groups.find(id);
    if (group == groups.end()) return;
    for (const std::uint32_t member : group->second) {
      if (const auto one = devices.find(member); one != devices.end()) out.push_back(one->second);
    }
  }
};

Result<void> add_devices_of(const std::vector<std::uint32_t>& objects, std::vector<std::uint32_t>& out) {
  Nexthops nexthops;
  const nhmsg any{};
  auto told = rtnl::dump(RTM_GETNEXTHOP, &any, sizeof any,
                         {[&] { nexthops = {}; }, [&](nlmsghdr* message) { nexthops.read(message); }});
  if (!told) return told;
  for (const std::uint32_t id : objects) nexthops.add_devices(id, out);
  return {};
}

int read_device(nl_msg* message, void* argument) {
  nlmsghdr* header = nlmsg_hdr(message);
  if (header->nlmsg_type == RTM_NEWROUTE) *static_cast<std::uint32_t*>(argument) = rtnl::device_of(header);
  return NL_OK;
}

/// The kernel has looked and found none; anything else (no memory, say) is no answer.
bool means_no_way(int code) {
  switch (-code) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:  // a route of type prohibit
    case EINVAL:  // one of type blackhole, or a source that is none of this machine
    case ESRCH:
    case ENODEV:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:  // a kernel without IPv6
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

int read_error(sockaddr_nl* /*sender*/, nlmsgerr* error, void* argument) {
  *static_cast<bool*>(argument) = means_no_way(error->error);
  return NL_STOP;
}

struct FreeMessage {
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};

/// Negative: the kernel was not asked, or did not answer. That there is no way is an answer.
int ask_way(nl_sock* socket, const IpAddr& addr, const std::optional<IpAddr>& from, std::uint32_t& device) {
  const std::unique_ptr<nl_msg, FreeMessage> ask(nlmsg_alloc_simple(RTM_GETROUTE, 0));
  if (!ask) return -NLE_NOMEM;
  const int bytes = addr.is_v4() ? 4 : 16;
  rtmsg route{};
  route.rtm_family = addr.is_v4() ? AF_INET : AF_INET6;
  route.rtm_dst_len = static_cast<unsigned char>(8 * bytes);
  route.rtm_src_len = from ? route.rtm_dst_len : static_cast<unsigned char>(0);
  int code = nlmsg_append(ask.get(), &route, sizeof route, NLMSG_ALIGNTO);
  if (code >= 0) code = nla_put(ask.get(), RTA_DST, bytes, addr.bytes.data());
  if (code >= 0 && from) code = nla_put(ask.get(), RTA_SRC, bytes, from->bytes.data());
  if (code >= 0) code = nl_send_auto(socket, ask.get());
  if (code < 0) return code;
  nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, read_device, &device);
  bool no_way = false;
  nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, read_error, &no_way);
  code = nl_recvmsgs_default(socket);
  return no_way ? 0 : std::min(code, 0);
}

}  // namespace

Result<std::vector<std::uint32_t>> default_route_netdevs() {
  std::vector<std::uint32_t> out;
  std::vector<std::uint32_t> objects;
  const auto begin = [&] {
    out.clear();
    objects.clear();
  };
  const auto take = [&](nlmsghdr* message) {
    if (!is_default(message)) return;
    if (const std::uint32_t device = rtnl::device_of(message); device != 0) out.push_back(device);
    for (const std::uint32_t device : rtnl::hops_of(message)) out.push_back(device);
    // The kernel may tell no more of the route than this (nexthop_compat_mode).
    if (const std::uint32_t object = rtnl::nexthop_of(message); object != 0) objects.push_back(object);
  };
  if (auto told = rtnl::dump(RTM_GETROUTE, {begin, take}); !told) return told.error();
  if (objects.empty()) return out;
  if (auto told = add_devices_of(objects, out); !told) return told.error();
  return out;
}

Result<std::uint32_t> netdev_towards(const IpAddr& addr, const std::optional<IpAddr>& from) {
  return netdev_towards(rtnl::connect().get(), addr, from);
}

Result<std::uint32_t> netdev_towards(nl_sock* socket, const IpAddr& addr, const std::optional<IpAddr>& from) {
  std::uint32_t device = 0;
  int code = -NLE_BAD_SOCK;
  if (socket != nullptr) {
    nl_socket_disable_auto_ack(socket);
    const bool same = from && from->is_v4() == addr.is_v4();
    code = ask_way(socket, addr, same ? from : std::nullopt, device);
    // The kernel has no way from an address that is none of its own.
    if (code >= 0 && same && device == 0) code = ask_way(socket, addr, std::nullopt, device);
  }
  if (code < 0)
    return Error{std::string("the kernel cannot be asked for a route: ") + nl_geterror(code), "",
                 "Try again"};
  return device;
}

}  // namespace hvs
