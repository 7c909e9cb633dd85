// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/fib.h"

// What rtnetlink says, in our types: one record per object of the kernel.
namespace hvs::netlink {

struct LinkRecord {
  std::uint32_t ifindex = 0;
  std::string name;
  std::string kind;          // "vlan", "veth", ...; empty for hardware
  std::uint32_t parent = 0;  // the device below, when it is in this namespace
  std::uint32_t master = 0;  // the bridge, bond or VRF that it belongs to
  std::uint16_t vlan = 0;    // kind vlan
  std::uint16_t vlan_ethertype = 0;
  std::uint32_t mtu = 0;
  std::uint32_t ipv6_mtu = 0;  // where it is smaller than mtu; 0: the same
  MacAddr mac{};
  bool up = false;       // IFF_UP: the administrator's wish; without it the kernel has no routes here
  bool carrier = false;  // IFF_LOWER_UP
  friend bool operator==(const LinkRecord&, const LinkRecord&) = default;
};

/// IPv6 has another MTU on a link than before: a router advertised it.
struct Ipv6MtuRecord {
  std::uint32_t ifindex = 0;
  std::uint32_t ipv6_mtu = 0;  // as in LinkRecord
};

struct AddressRecord {
  std::uint32_t ifindex = 0;
  IpAddr addr;
  std::uint8_t length = 0;
  std::uint8_t scope = 0;  // RT_SCOPE_*: smaller reaches further
  bool usable = true;      // false while duplicate address detection runs or has failed
  bool preferred = true;   // false: deprecated
  friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};

struct NextHopRecord {
  std::uint32_t ifindex = 0;
  IpAddr gateway;
  bool has_gateway = false;
  bool encapsulates = false;  // or changes packets otherwise: RTA_ENCAP_TYPE
  friend bool operator==(const NextHopRecord&, const NextHopRecord&) = default;
};

/// What distinguishes routes for the kernel; those that agree in all of it form an ordered list.
struct RouteKey {
  IpPrefix prefix;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  friend bool operator==(const RouteKey&, const RouteKey&) = default;
};
/// Family, then address, then length: a prefix comes before all that it contains.
inline bool operator<(const RouteKey& a, const RouteKey& b) {
  if (a.prefix.addr.family != b.prefix.addr.family) return a.prefix.addr.family < b.prefix.addr.family;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  if (a.table != b.table) return a.table < b.table;
  return a.metric < b.metric;
}

struct RouteRecord {
  enum class Kind : std::uint8_t { unicast, local, unreachable, pass_on };
  Kind kind = Kind::unicast;   // pass_on: type "throw", the next table decides
  std::int8_t preference = 0;  // RFC 4191, IPv6 only: -1, 0, 1
  IpAddr source;               // preferred source; the route goes when this address goes
  bool has_source = false;
  std::uint16_t mtu = 0;  // RTAX_MTU, of all of its hops; 0: none
  std::vector<NextHopRecord> hops;
  friend bool operator==(const RouteRecord&, const RouteRecord&) = default;
};

struct RouteMessage {
  RouteKey key;
  RouteRecord route;
  bool append = false;   // NLM_F_APPEND: last in the list
  bool replace = false;  // NLM_F_REPLACE: instead of the first
};

struct NeighbourRecord {
  NeighKey key;
  std::uint16_t state = 0;  // NUD_*
  MacAddr mac{};
  [[nodiscard]] bool resolved() const;
};

struct RuleRecord {
  Family family = Family::ipv4;
  std::uint32_t priority = 0;
  std::uint32_t table = 0;  // 0: the rule does something else than look into a table
  bool custom = false;      // it has a selector or an action that the mirror does not follow
  friend bool operator==(const RuleRecord&, const RuleRecord&) = default;
};

/// The kernel may have changed routes without a message of their own (nexthop objects).
struct SilentChange {};

struct Event {
  bool deleted = false;
  std::variant<LinkRecord, Ipv6MtuRecord, AddressRecord, RouteMessage, NeighbourRecord, RuleRecord,
               SilentChange>
      record;
};

}  // namespace hvs::netlink
