// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "control/netlink/mirror_state.h"
#include "net/ip_addr.h"

// rtnetlink messages as the kernel writes them.
namespace hvs::netlink::test {

inline IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

class Msg {
 public:
  template <typename Header>
  Msg(int type, int flags, const Header& header) : message_(nlmsg_alloc_simple(type, flags), &nlmsg_free) {
    nlmsg_append(message_.get(), const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO);
  }
  Msg& number(int type, std::uint32_t value) { return nla_put_u32(message_.get(), type, value), *this; }
  Msg& byte(int type, std::uint8_t value) { return nla_put_u8(message_.get(), type, value), *this; }
  Msg& text(int type, const char* value) { return nla_put_string(message_.get(), type, value), *this; }
  Msg& addr(int type, const IpAddr& a) {
    return nla_put(message_.get(), type, a.is_v4() ? 4 : 16, a.bytes.data()), *this;
  }
  Msg& mac(const MacAddr& m, int type) {
    return nla_put(message_.get(), type, int{sizeof m}, m.data()), *this;
  }
  nl_msg* raw() { return message_.get(); }
  nlmsghdr* header() { return nlmsg_hdr(message_.get()); }

 private:
  std::unique_ptr<nl_msg, decltype(&nlmsg_free)> message_;
};

inline unsigned char af(const IpAddr& a) { return a.is_v4() ? AF_INET : AF_INET6; }

struct LinkSpec {
  unsigned flags = IFF_UP | IFF_LOWER_UP;
  MacAddr mac{2, 0, 0, 0, 0, 1};
  std::uint32_t mtu = 1500;
  std::uint32_t parent = 0;
  std::uint16_t vlan = 0;
  std::uint32_t master = 0;
  std::int32_t ipv6_mtu = 0;  // 0: IPv6 is off there
};
/// IFLA_INET6_CONF within `nest`.
inline void put_ipv6_mtu(Msg& m, int nest, std::int32_t mtu) {
  std::array<std::int32_t, DEVCONF_MAX> conf{};
  conf[DEVCONF_MTU6] = mtu;
  nlattr* inet6 = nla_nest_start(m.raw(), nest);
  nla_put(m.raw(), IFLA_INET6_CONF, sizeof conf, conf.data());
  nla_nest_end(m.raw(), inet6);
}
inline Msg link(int ifindex, const char* name, const LinkSpec& spec = {}, int type = RTM_NEWLINK) {
  ifinfomsg header{};
  header.ifi_index = ifindex;
  header.ifi_flags = spec.flags;
  Msg m(type, 0, header);
  m.text(IFLA_IFNAME, name).number(IFLA_MTU, spec.mtu).mac(spec.mac, IFLA_ADDRESS);
  if (spec.parent != 0) m.number(IFLA_LINK, spec.parent);
  if (spec.master != 0) m.number(IFLA_MASTER, spec.master);
  if (spec.ipv6_mtu != 0) {
    nlattr* families = nla_nest_start(m.raw(), IFLA_AF_SPEC);
    put_ipv6_mtu(m, AF_INET6, spec.ipv6_mtu);
    nla_nest_end(m.raw(), families);
  }
  if (spec.vlan != 0) {
    nlattr* info = nla_nest_start(m.raw(), IFLA_LINKINFO);
    m.text(IFLA_INFO_KIND, "vlan");
    nlattr* data = nla_nest_start(m.raw(), IFLA_INFO_DATA);
    nla_put_u16(m.raw(), IFLA_VLAN_ID, spec.vlan);
    nla_nest_end(m.raw(), data);
    nla_nest_end(m.raw(), info);
  }
  return m;
}

/// What IPv6 says of a link after a router's advertisement.
inline Msg ipv6_link(int ifindex, std::int32_t ipv6_mtu, std::uint32_t mtu = 1500) {
  ifinfomsg header{};
  header.ifi_family = AF_INET6;
  header.ifi_index = ifindex;
  Msg m(RTM_NEWLINK, 0, header);
  m.number(IFLA_MTU, mtu);
  put_ipv6_mtu(m, IFLA_PROTINFO, ipv6_mtu);
  return m;
}

inline Msg address(int ifindex, const char* addr, unsigned char length, int type = RTM_NEWADDR,
                   unsigned char scope = RT_SCOPE_UNIVERSE, std::uint32_t flags = 0) {
  ifaddrmsg header{};
  header.ifa_family = af(ip(addr));
  header.ifa_prefixlen = length;
  header.ifa_scope = scope;
  header.ifa_index = static_cast<unsigned>(ifindex);
  Msg m(type, 0, header);
  m.addr(IFA_ADDRESS, ip(addr)).number(IFA_FLAGS, flags);
  if (ip(addr).is_v4()) m.addr(IFA_LOCAL, ip(addr));
  return m;
}

inline Msg neighbour(int ifindex, const char* addr, std::uint16_t state, const MacAddr& mac,
                     int type = RTM_NEWNEIGH) {
  ndmsg header{};
  header.ndm_family = af(ip(addr));
  header.ndm_ifindex = ifindex;
  header.ndm_state = state;
  Msg m(type, 0, header);
  m.addr(NDA_DST, ip(addr));
  if ((state & (NUD_INCOMPLETE | NUD_FAILED)) == 0) m.mac(mac, NDA_LLADDR);
  return m;
}

struct RouteSpec {
  const char* via = nullptr;
  std::uint32_t table = RT_TABLE_MAIN;
  std::uint32_t metric = 0;
  unsigned char type = RTN_UNICAST;
  const char* source = nullptr;
  unsigned char tos = 0;
  unsigned flags = 0;
  std::uint32_t mtu = 0;
  std::uint16_t encap = 0;  // LWTUNNEL_ENCAP_*
};
/// `ifindex` 0: no device.
inline Msg route(const char* prefix, unsigned char length, int ifindex, const RouteSpec& spec = {},
                 int type = RTM_NEWROUTE, int flags = NLM_F_CREATE) {
  rtmsg header{};
  header.rtm_family = af(ip(prefix));
  header.rtm_dst_len = length;
  header.rtm_tos = spec.tos;
  header.rtm_table = RT_TABLE_UNSPEC;
  header.rtm_type = spec.type;
  header.rtm_flags = spec.flags;
  Msg m(type, flags, header);
  m.number(RTA_TABLE, spec.table);
  if (length != 0) m.addr(RTA_DST, ip(prefix));
  if (spec.metric != 0) m.number(RTA_PRIORITY, spec.metric);
  if (spec.source != nullptr) m.addr(RTA_PREFSRC, ip(spec.source));
  if (ifindex != 0) m.number(RTA_OIF, static_cast<std::uint32_t>(ifindex));
  if (spec.via != nullptr) m.addr(RTA_GATEWAY, ip(spec.via));
  if (spec.mtu != 0) {
    nlattr* metrics = nla_nest_start(m.raw(), RTA_METRICS);
    m.number(RTAX_MTU, spec.mtu);
    nla_nest_end(m.raw(), metrics);
  }
  if (spec.encap != 0) nla_put_u16(m.raw(), RTA_ENCAP_TYPE, spec.encap);
  return m;
}

/// Next hops as (ifindex, gateway).
inline Msg multipath(const char* prefix, unsigned char length,
                     std::initializer_list<std::pair<int, const char*>> hops, int type = RTM_NEWROUTE,
                     int flags = NLM_F_CREATE) {
  Msg m = route(prefix, length, 0, {}, type, flags);
  nlattr* list = nla_nest_start(m.raw(), RTA_MULTIPATH);
  for (const auto& [ifindex, via] : hops) {
    auto* hop = static_cast<rtnexthop*>(nlmsg_reserve(m.raw(), sizeof(rtnexthop), NLMSG_ALIGNTO));
    *hop = {};
    hop->rtnh_ifindex = ifindex;
    m.addr(RTA_GATEWAY, ip(via));
    hop->rtnh_len = static_cast<unsigned short>(static_cast<char*>(nlmsg_tail(m.header())) -
                                                reinterpret_cast<char*>(hop));
  }
  nla_nest_end(m.raw(), list);
  return m;
}

inline Msg rule(unsigned char family, std::uint32_t priority, std::uint32_t table, int type = RTM_NEWRULE) {
  fib_rule_hdr header{};
  header.family = family;
  header.action = FR_ACT_TO_TBL;
  Msg m(type, 0, header);
  m.number(FRA_TABLE, table).number(FRA_SUPPRESS_PREFIXLEN, ~0U);
  if (priority != 0) m.number(FRA_PRIORITY, priority);
  return m;
}

}  // namespace hvs::netlink::test
