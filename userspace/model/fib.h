// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "model/ids.h"
#include "net/ip_addr.h"

// The mirror of the kernel's links, routes and neighbours, as an immutable value. control/netlink builds
// it; output/ and exits/ read it. The kernel stays the owner (ADR: the kernel owns layers 2 and 3).
namespace hvs {

/// A next hop, ready to be written in front of a packet.
struct Adjacency {
  MacAddr dst{};
  MacAddr src{};
  PortId port{};
  std::uint16_t vlan = 0;    // 802.1Q id, 0: untagged
  std::uint16_t mtu = 1500;  // of the way: the interface's, or a route's
  bool resolved = false;     // false: the kernel does not know the MAC (yet)
  // The largest packet for which writing the two addresses is all: the MTU, or 0 when it never is, because
  // the next hop is not resolved or the frame gets a tag. Fib::set_plain_mtus().
  std::uint16_t plain_mtu = 0;
};
static_assert(offsetof(Adjacency, src) == sizeof(MacAddr), "both are written in one piece");

/// What the routing table says of a destination.
struct NextHop {
  enum class Kind : std::uint8_t {
    adjacency,      // `adj` is a row of the adjacency table, resolved or not
    unknown_neigh,  // ask for (ifindex, gateway) to be resolved
    no_route,
    not_our_port,  // the route leaves by an interface that is no port of ours, or as only the kernel can send
    local,         // an address of this host
  };
  Kind kind = Kind::no_route;
  AdjIndex adj{};
  std::uint32_t ifindex = 0;
  IpAddr gateway;            // the address to resolve: the gateway, or the destination itself when on link
  std::uint16_t mtu = 1500;  // kinds adjacency and unknown_neigh
};

/// One route, as the mirror delivers it.
struct Route {
  IpPrefix prefix;
  // elsewhere: the kernel puts something in front of packets, or changes them, which we do not.
  enum class Kind : std::uint8_t { unicast, local, unreachable, elsewhere } kind = Kind::unicast;
  std::uint32_t metric = 0;
  std::uint32_t ifindex = 0;
  IpAddr gateway;  // family's all-zero address: on link
  bool has_gateway = false;
  std::uint16_t mtu = 0;  // RTAX_MTU; 0: the interface's
  friend bool operator==(const Route&, const Route&) = default;
};
static_assert(sizeof(Route) == 48, "a full table has a million of them");

/// Longest-prefix match over routes of one family; built once, never changed.
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);
  /// The best route (longest prefix, then lowest metric), or nullptr.
  [[nodiscard]] const Route* lookup(const IpAddr& addr) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  /// No route has an MTU of its own that is smaller.
  [[nodiscard]] std::uint16_t least_mtu() const { return least_mtu_; }

 private:
  /// An open-addressed table of rows, not of prefixes: 8 bytes a route, built without an allocation for each.
  struct Level {
    std::uint8_t length = 0;
    std::vector<std::uint32_t> slots;  // row + 1, 0: free; a power of two, at most half full
  };
  void fill(Level& level, const std::vector<std::uint32_t>& rows);
  [[nodiscard]] std::size_t slot_of(const Level& level, const IpAddr& prefix) const;

  std::vector<Route> routes_;
  std::vector<Level> v4_;  // populated prefix lengths, longest first
  std::vector<Level> v6_;
  std::uint16_t least_mtu_ = 0xffff;
};

/// An interface that leads out of one of our ports: the port's netdev, or a VLAN on top of it.
struct EgressInterface {
  std::uint32_t ifindex = 0;
  PortId port{};
  std::uint16_t vlan = 0;
  std::uint16_t mtu = 1500;
  std::uint16_t ipv6_mtu = 0;  // IPv6's own, as routers advertise it, where it is smaller; 0: the same
  MacAddr mac{};
  std::vector<IpAddr> addresses;  // the kernel's own on it, global scope first; source of ICMP errors

  /// Of packets of a family that a route with this MTU sends here; 0: with none.
  [[nodiscard]] std::uint16_t mtu_for(Family family, std::uint16_t of_route = 0) const;
};

struct NeighKey {
  std::uint32_t ifindex = 0;
  IpAddr addr;
  friend bool operator==(const NeighKey&, const NeighKey&) = default;
};
struct NeighKeyHash {
  std::size_t operator()(const NeighKey& k) const noexcept {
    return std::hash<IpAddr>{}(k.addr) ^ (std::size_t{k.ifindex} * 0x9e3779b97f4a7c15ULL);
  }
};

/// What has a row of the adjacency table: a neighbour, and once more for each other MTU of ways there.
struct AdjacencyKey {
  NeighKey neighbour;
  std::uint16_t mtu = 0;  // 0: what the interface has for the neighbour's family
  friend bool operator==(const AdjacencyKey&, const AdjacencyKey&) = default;
};
struct AdjacencyKeyHash {
  std::size_t operator()(const AdjacencyKey& k) const noexcept {
    return NeighKeyHash{}(k.neighbour) + (std::size_t{k.mtu} * 0xff51afd7ed558ccdULL);
  }
};

/// One published state of the mirror.
struct Fib {
  std::shared_ptr<const RouteTable> routes;
  /// Changes when a cached NextHop may have become wrong: routes, links or addresses changed. A change of
  /// a neighbour's MAC alone does not: it shows in `adjacencies`, whose rows keep their index.
  std::uint32_t generation = 0;
  std::vector<Adjacency> adjacencies;
  std::unordered_map<AdjacencyKey, AdjIndex, AdjacencyKeyHash> neighbours;
  std::vector<EgressInterface> interfaces;
  /// Interfaces of our ports that are down. Their routes are gone; `routes` may not know it yet.
  std::vector<std::uint32_t> down;
  /// By PortId: the MAC address of the port's netdev, up or down; all zero when the netdev is gone. Empty:
  /// not mirrored (tests).
  std::vector<MacAddr> port_macs;

  /// To be called once all adjacencies are there; else packets take the long way out.
  void set_plain_mtus() {
    for (Adjacency& row : adjacencies) row.plain_mtu = row.resolved && row.vlan == 0 ? row.mtu : 0;
  }
  [[nodiscard]] NextHop next_hop(const IpAddr& destination) const;
  [[nodiscard]] const EgressInterface* interface_of(std::uint32_t ifindex) const;
  /// By the routing table.
  [[nodiscard]] std::set<IpAddr> own_addresses() const;
  /// The source for an ICMP error sent out of `port` (untagged interface), or nullptr.
  [[nodiscard]] const IpAddr* own_address(PortId port, std::uint16_t vlan, Family family) const;
};

}  // namespace hvs
