// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <linux/netlink.h>

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/netlink/records.h"
#include "control/netlink/route_store.h"

namespace hvs::netlink {

/// What a batch of messages touched.
struct Changes {
  bool interfaces = false;  // links or addresses
  bool routes = false;      // routes or rules
  bool verify = false;      // the kernel may have dropped routes without telling: dump again soon
  std::vector<NeighKey> neighbours;
  [[nodiscard]] bool any() const { return interfaces || routes || !neighbours.empty(); }
};

/// The kernel's links, addresses, routes, rules and neighbours as its messages tell them. Pure: no socket,
/// no clock.
class MirrorState {
 public:
  enum class Origin : std::uint8_t { event, dump };
  using AddressKey = std::pair<std::uint32_t, IpAddr>;

  /// Applying the events of a dump's time after that dump gives the state of now: each is idempotent.
  void apply(nlmsghdr* message, Origin origin, Changes& changes);

  [[nodiscard]] const std::map<std::uint32_t, LinkRecord>& links() const { return links_; }
  [[nodiscard]] const std::map<AddressKey, AddressRecord>& addresses() const { return addresses_; }
  [[nodiscard]] const RouteStore& routes() const { return routes_; }
  [[nodiscard]] const std::unordered_map<NeighKey, NeighbourRecord, NeighKeyHash>& neighbours() const {
    return neighbours_;
  }
  [[nodiscard]] const std::vector<RuleRecord>& rules() const { return rules_; }
  /// Things that the kernel honours and we do not, each told once by the mirror.
  [[nodiscard]] const std::set<std::string>& limitations() const { return limitations_; }
  [[nodiscard]] bool is_up(std::uint32_t ifindex) const;

 private:
  void take(bool deleted, LinkRecord link, Origin origin, Changes& changes);
  void take(const Ipv6MtuRecord& told, Changes& changes);
  void take(bool deleted, const AddressRecord& address, Changes& changes);
  void take(bool deleted, const NeighbourRecord& neighbour, Changes& changes);
  void take(bool deleted, const RuleRecord& rule, Changes& changes);
  void take_route(bool deleted, const RouteMessage& route, Origin origin, Changes& changes);
  void lost_address(const AddressRecord& address, Changes& changes);

  std::map<std::uint32_t, LinkRecord> links_;
  std::map<AddressKey, AddressRecord> addresses_;
  RouteStore routes_;
  std::unordered_map<NeighKey, NeighbourRecord, NeighKeyHash> neighbours_;
  std::vector<RuleRecord> rules_;  // by family, then priority
  std::set<std::string> limitations_;
};

/// What two states disagree in, for people: "1 links (4)"; empty: nothing. The age of a neighbour's
/// entry is no difference, only whether it is resolved and to what.
std::string difference(const MirrorState& a, const MirrorState& b);

}  // namespace hvs::netlink
