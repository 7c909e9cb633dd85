// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/decode.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/lwtunnel.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace hvs::netlink {

namespace {

/// The attributes of one level, by number.
template <int Max>
class Attrs {
 public:
  Attrs(nlmsghdr* message, int header_bytes)
      : ok_(nlmsg_parse(message, header_bytes, table_.data(), Max, nullptr) >= 0) {}
  explicit Attrs(nlattr* nest)
      : ok_(nest != nullptr && nla_parse_nested(table_.data(), Max, nest, nullptr) >= 0) {}
  Attrs(nlattr* first, int bytes) : ok_(nla_parse(table_.data(), Max, first, bytes, nullptr) >= 0) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] nlattr* operator[](int type) const { return ok_ ? table_[type] : nullptr; }
  [[nodiscard]] bool has(int type) const { return (*this)[type] != nullptr; }

  template <typename T>
  [[nodiscard]] T number(int type, T otherwise = {}) const {
    const nlattr* attr = (*this)[type];
    T value{};
    if (attr == nullptr || nla_len(attr) < static_cast<int>(sizeof value)) return otherwise;
    std::memcpy(&value, nla_data(attr), sizeof value);
    return value;
  }
  [[nodiscard]] std::string text(int type) const {
    const nlattr* attr = (*this)[type];
    if (attr == nullptr) return {};
    const auto* data = static_cast<const char*>(nla_data(attr));
    return {data, strnlen(data, static_cast<std::size_t>(nla_len(attr)))};
  }
  /// False: absent or of a length that is no address.
  bool address(int type, IpAddr& out) const { return address(type, 0, out); }
  bool address(int type, int skip, IpAddr& out) const {
    const nlattr* attr = (*this)[type];
    const int size = attr == nullptr ? 0 : nla_len(attr) - skip;
    if (size != 4 && size != 16) return false;
    out = {};
    out.family = size == 4 ? Family::ipv4 : Family::ipv6;
    std::memcpy(out.bytes.data(), static_cast<const std::uint8_t*>(nla_data(attr)) + skip,
                static_cast<std::size_t>(size));
    return true;
  }
  bool mac(int type, MacAddr& out) const {
    const nlattr* attr = (*this)[type];
    if (attr == nullptr || nla_len(attr) != static_cast<int>(out.size())) return false;
    std::memcpy(out.data(), nla_data(attr), out.size());
    return true;
  }

 private:
  std::array<nlattr*, Max + 1> table_{};
  bool ok_;
};

std::optional<Family> family_of(unsigned char family) {
  if (family == AF_INET) return Family::ipv4;
  if (family == AF_INET6) return Family::ipv6;
  return std::nullopt;
}

template <typename Header>
const Header* header_of(nlmsghdr* message) {
  return nlmsg_valid_hdr(message, sizeof(Header)) != 0 ? static_cast<const Header*>(nlmsg_data(message))
                                                       : nullptr;
}

/// IPv6's own MTU as LinkRecord has it; `inet6`: IFLA_INET6_* of the link.
std::uint32_t ipv6_mtu(nlattr* inet6, std::uint32_t mtu) {
  const Attrs<IFLA_INET6_MAX> attrs(inet6);
  const nlattr* conf = attrs[IFLA_INET6_CONF];
  std::int32_t own = 0;
  if (conf == nullptr || nla_len(conf) < static_cast<int>((DEVCONF_MTU6 + 1) * sizeof own)) return 0;
  std::memcpy(&own, static_cast<const char*>(nla_data(conf)) + DEVCONF_MTU6 * sizeof own, sizeof own);
  return own > 0 && static_cast<std::uint32_t>(own) < mtu ? static_cast<std::uint32_t>(own) : 0;
}

/// What IPv6 tells of a link besides.
std::optional<Event> decode_ipv6_link(nlmsghdr* message, const ifinfomsg& header) {
  const Attrs<IFLA_MAX> attrs(message, sizeof header);
  if (message->nlmsg_type != RTM_NEWLINK || !attrs.has(IFLA_PROTINFO)) return std::nullopt;
  const auto ifindex = static_cast<std::uint32_t>(header.ifi_index);
  const auto mtu = attrs.number<std::uint32_t>(IFLA_MTU, 1500);
  return Event{false, Ipv6MtuRecord{ifindex, ipv6_mtu(attrs[IFLA_PROTINFO], mtu)}};
}

std::optional<Event> decode_link(nlmsghdr* message) {
  const auto* header = header_of<ifinfomsg>(message);
  if (header != nullptr && header->ifi_family == AF_INET6) return decode_ipv6_link(message, *header);
  // AF_BRIDGE messages tell of a bridge's port, not of the link: their deletion is not the link's.
  if (header == nullptr || header->ifi_family != AF_UNSPEC) return std::nullopt;
  const Attrs<IFLA_MAX> attrs(message, sizeof *header);
  if (!attrs.ok() || attrs.has(IFLA_WIRELESS)) return std::nullopt;
  LinkRecord link;
  link.ifindex = static_cast<std::uint32_t>(header->ifi_index);
  link.name = attrs.text(IFLA_IFNAME);
  link.mtu = attrs.number<std::uint32_t>(IFLA_MTU, 1500);
  link.ipv6_mtu = ipv6_mtu(Attrs<AF_INET6>(attrs[IFLA_AF_SPEC])[AF_INET6], link.mtu);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.carrier = (header->ifi_flags & IFF_LOWER_UP) != 0;
  link.master = attrs.number<std::uint32_t>(IFLA_MASTER);
  if (!attrs.has(IFLA_LINK_NETNSID)) link.parent = attrs.number<std::uint32_t>(IFLA_LINK);
  attrs.mac(IFLA_ADDRESS, link.mac);
  const Attrs<IFLA_INFO_MAX> info(attrs[IFLA_LINKINFO]);
  link.kind = info.text(IFLA_INFO_KIND);
  if (link.kind == "vlan") {
    const Attrs<IFLA_VLAN_MAX> vlan(info[IFLA_INFO_DATA]);
    link.vlan = vlan.number<std::uint16_t>(IFLA_VLAN_ID);
    link.vlan_ethertype = vlan.number<Be16>(IFLA_VLAN_PROTOCOL, Be16{0x8100}).host();
  }
  return Event{message->nlmsg_type == RTM_DELLINK, std::move(link)};
}

std::optional<Event> decode_address(nlmsghdr* message) {
  const auto* header = header_of<ifaddrmsg>(message);
  if (header == nullptr || !family_of(header->ifa_family)) return std::nullopt;
  const Attrs<IFA_MAX> attrs(message, sizeof *header);
  AddressRecord address;
  // On a point-to-point link IFA_ADDRESS is the peer's, IFA_LOCAL ours.
  if (!attrs.address(IFA_LOCAL, address.addr) && !attrs.address(IFA_ADDRESS, address.addr)) {
    return std::nullopt;
  }
  address.ifindex = header->ifa_index;
  address.length = header->ifa_prefixlen;
  address.scope = header->ifa_scope;
  const auto flags = attrs.number<std::uint32_t>(IFA_FLAGS, header->ifa_flags);
  const bool waiting = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
  address.usable = !waiting && (flags & IFA_F_DADFAILED) == 0;
  address.preferred = (flags & IFA_F_DEPRECATED) == 0;
  return Event{message->nlmsg_type == RTM_DELADDR, address};
}

std::optional<RouteRecord::Kind> route_kind(unsigned char type) {
  switch (type) {
    case RTN_UNICAST: return RouteRecord::Kind::unicast;
    case RTN_LOCAL:
    case RTN_ANYCAST: return RouteRecord::Kind::local;
    case RTN_BROADCAST:  // nothing that we forward may go to many
    case RTN_MULTICAST:
    case RTN_BLACKHOLE:
    case RTN_UNREACHABLE:
    case RTN_PROHIBIT: return RouteRecord::Kind::unreachable;
    case RTN_THROW: return RouteRecord::Kind::pass_on;
    default: return std::nullopt;
  }
}

std::string encap_name(std::uint16_t type) {
  switch (type) {
    case LWTUNNEL_ENCAP_MPLS: return "mpls";
    case LWTUNNEL_ENCAP_IP: return "ip";
    case LWTUNNEL_ENCAP_IP6: return "ip6";
    case LWTUNNEL_ENCAP_SEG6: return "seg6";
    case LWTUNNEL_ENCAP_BPF: return "bpf";
    case LWTUNNEL_ENCAP_SEG6_LOCAL: return "seg6local";
    default: return std::to_string(type);  // rare ones, and those that are not invented yet
  }
}

/// All of a hop but its interface.
void read_hop(const Attrs<RTA_MAX>& attrs, NextHopRecord& hop, std::string& limitation) {
  if (const auto type = attrs.number<std::uint16_t>(RTA_ENCAP_TYPE); type != LWTUNNEL_ENCAP_NONE) {
    hop.encapsulates = true;
    limitation = "routes that encapsulate (ip route ... encap " + encap_name(type) +
                 ") are not followed: what they lead to is taken for not reached by a port";
  }
  // RTA_VIA: an IPv4 route over an IPv6 gateway (RFC 5549); the address follows a 2-byte family.
  hop.has_gateway = attrs.address(RTA_GATEWAY, hop.gateway) ||
                    attrs.address(RTA_VIA, sizeof(rtvia::rtvia_family), hop.gateway);
}

std::vector<NextHopRecord> read_hops(const Attrs<RTA_MAX>& attrs, Family family, std::string& limitation) {
  std::vector<NextHopRecord> hops;
  NextHopRecord hop;
  hop.gateway.family = family;
  if (const nlattr* list = attrs[RTA_MULTIPATH]) {
    const auto* next = static_cast<const rtnexthop*>(nla_data(list));
    int left = nla_len(list);
    // RTNH_OK alone reads a length that may lie behind the end.
    while (left >= static_cast<int>(sizeof *next) && RTNH_OK(next, left)) {
      NextHopRecord one = hop;
      one.ifindex = static_cast<std::uint32_t>(next->rtnh_ifindex);
      const int bytes = next->rtnh_len - static_cast<int>(RTNH_LENGTH(0));
      read_hop(Attrs<RTA_MAX>(reinterpret_cast<nlattr*>(RTNH_DATA(next)), bytes), one, limitation);
      hops.push_back(one);
      left -= static_cast<int>(RTNH_ALIGN(next->rtnh_len));
      next = RTNH_NEXT(next);
    }
    return hops;
  }
  hop.ifindex = attrs.number<std::uint32_t>(RTA_OIF);
  read_hop(attrs, hop, limitation);
  if (hop.ifindex != 0) hops.push_back(hop);
  return hops;
}

/// Whether the kernel was told not to discover path MTUs below it (lock) makes no difference here.
std::uint16_t route_mtu(const Attrs<RTA_MAX>& attrs) {
  const auto mtu = Attrs<RTAX_MAX>(attrs[RTA_METRICS]).number<std::uint32_t>(RTAX_MTU);
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(mtu, std::numeric_limits<std::uint16_t>::max()));
}

std::optional<Event> decode_route(nlmsghdr* message, std::string& limitation) {
  const auto* header = header_of<rtmsg>(message);
  if (header == nullptr) return std::nullopt;
  const auto family = family_of(header->rtm_family);
  const auto kind = route_kind(header->rtm_type);
  const int bits = family == Family::ipv4 ? 32 : 128;
  if (!family || !kind || (header->rtm_flags & RTM_F_CLONED) != 0 || header->rtm_dst_len > bits) {
    return std::nullopt;
  }
  if (header->rtm_tos != 0 || header->rtm_src_len != 0) {
    limitation = header->rtm_tos != 0
                     ? "routes for some traffic classes alone (ip route ... tos) are not followed"
                     : "routes for some sources alone (ip -6 route ... from) are not followed";
    return std::nullopt;
  }
  const Attrs<RTA_MAX> attrs(message, sizeof *header);
  if (!attrs.ok()) return std::nullopt;
  RouteMessage out;
  out.key.prefix.addr.family = *family;
  out.key.prefix.length = header->rtm_dst_len;
  attrs.address(RTA_DST, out.key.prefix.addr);
  out.key.table = attrs.number<std::uint32_t>(RTA_TABLE, header->rtm_table);
  out.key.metric = attrs.number<std::uint32_t>(RTA_PRIORITY);
  out.route.kind = *kind;
  out.route.has_source = attrs.address(RTA_PREFSRC, out.route.source);
  const auto preference = attrs.number<std::uint8_t>(RTA_PREF);  // RFC 4191: 1 high, 0 medium, 3 low
  out.route.preference = static_cast<std::int8_t>(preference == 3 ? -1 : preference == 1 ? 1 : 0);
  out.append = (message->nlmsg_flags & NLM_F_APPEND) != 0;
  out.replace = (message->nlmsg_flags & NLM_F_REPLACE) != 0;
  out.route.mtu = route_mtu(attrs);
  out.route.hops = read_hops(attrs, *family, limitation);
  if (*kind == RouteRecord::Kind::unicast && out.route.hops.empty() && attrs.has(RTA_NH_ID)) {
    limitation =
        "routes over nexthop objects are invisible while net.ipv4.nexthop_compat_mode is 0: set it to 1";
  }
  return Event{message->nlmsg_type == RTM_DELROUTE, std::move(out)};
}

std::optional<Event> decode_neighbour(nlmsghdr* message) {
  const auto* header = header_of<ndmsg>(message);
  if (header == nullptr || !family_of(header->ndm_family) || (header->ndm_flags & NTF_PROXY) != 0) {
    return std::nullopt;
  }
  const Attrs<NDA_MAX> attrs(message, sizeof *header);
  NeighbourRecord neighbour;
  if (!attrs.address(NDA_DST, neighbour.key.addr)) return std::nullopt;
  neighbour.key.ifindex = static_cast<std::uint32_t>(header->ndm_ifindex);
  neighbour.state = header->ndm_state;
  if (!attrs.mac(NDA_LLADDR, neighbour.mac)) neighbour.state &= NUD_INCOMPLETE | NUD_FAILED;
  return Event{message->nlmsg_type == RTM_DELNEIGH, neighbour};
}

std::optional<Event> decode_rule(nlmsghdr* message) {
  const auto* header = header_of<fib_rule_hdr>(message);
  if (header == nullptr || !family_of(header->family)) return std::nullopt;
  const Attrs<FRA_MAX> attrs(message, sizeof *header);
  if (!attrs.ok()) return std::nullopt;
  RuleRecord rule;
  rule.family = *family_of(header->family);
  rule.priority = attrs.number<std::uint32_t>(FRA_PRIORITY);
  if (header->action == FR_ACT_TO_TBL) rule.table = attrs.number<std::uint32_t>(FRA_TABLE, header->table);
  // The rule of VRFs applies to their members alone, and none of our routes is in their tables.
  if (attrs.number<std::uint8_t>(FRA_L3MDEV) != 0) return std::nullopt;
  rule.custom = header->action != FR_ACT_TO_TBL || header->src_len != 0 || header->dst_len != 0 ||
                header->tos != 0 || (header->flags & FIB_RULE_INVERT) != 0 ||
                attrs.number<std::uint32_t>(FRA_SUPPRESS_PREFIXLEN, ~0U) != ~0U ||
                attrs.number<std::uint32_t>(FRA_SUPPRESS_IFGROUP, ~0U) != ~0U;
  for (const int selector : {FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK, FRA_FWMASK, FRA_TUN_ID, FRA_UID_RANGE,
                             FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE}) {
    rule.custom = rule.custom || attrs.has(selector);
  }
  return Event{message->nlmsg_type == RTM_DELRULE, rule};
}

}  // namespace

bool NeighbourRecord::resolved() const {
  return (state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)) != 0;
}

std::optional<Event> decode(nlmsghdr* message, std::string& limitation) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: return decode_link(message);
    case RTM_NEWADDR:
    case RTM_DELADDR: return decode_address(message);
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return decode_route(message, limitation);
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: return decode_neighbour(message);
    case RTM_NEWRULE:
    case RTM_DELRULE: return decode_rule(message);
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP: return Event{false, SilentChange{}};
    default: return std::nullopt;
  }
}

}  // namespace hvs::netlink
