// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/mirror_state.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>

#include "control/netlink/decode.h"

namespace hvs::netlink {

namespace {

bool multicast(const IpAddr& addr) {
  return addr.is_v4() ? (addr.bytes[0] & 0xf0U) == 0xe0U || addr.bytes[0] == 0xff : addr.bytes[0] == 0xff;
}

std::string rule_text(const RuleRecord& rule) {
  return "ip " + std::string(rule.family == Family::ipv4 ? "" : "-6 ") + "rule " +
         std::to_string(rule.priority) + " (" +
         (rule.table == 0 ? "no table" : "table " + std::to_string(rule.table)) + ")";
}

}  // namespace

bool MirrorState::is_up(std::uint32_t ifindex) const {
  const auto link = links_.find(ifindex);
  return link != links_.end() && link->second.up;
}

void MirrorState::apply(nlmsghdr* message, Origin origin, Changes& changes) {
  std::string limitation;
  const auto event = decode(message, limitation);
  if (!limitation.empty() && message->nlmsg_type != RTM_DELROUTE) limitations_.insert(limitation);
  if (!event) return;
  if (const auto* link = std::get_if<LinkRecord>(&event->record)) {
    take(event->deleted, *link, origin, changes);
  }
  if (const auto* told = std::get_if<Ipv6MtuRecord>(&event->record)) take(*told, changes);
  if (const auto* address = std::get_if<AddressRecord>(&event->record)) {
    take(event->deleted, *address, changes);
  }
  if (const auto* route = std::get_if<RouteMessage>(&event->record)) {
    take_route(event->deleted, *route, origin, changes);
  }
  if (const auto* neighbour = std::get_if<NeighbourRecord>(&event->record)) {
    take(event->deleted, *neighbour, changes);
  }
  if (const auto* rule = std::get_if<RuleRecord>(&event->record)) take(event->deleted, *rule, changes);
  if (std::holds_alternative<SilentChange>(event->record)) changes.verify = true;
}

void MirrorState::take(bool deleted, LinkRecord link, Origin origin, Changes& changes) {
  const bool was_up = is_up(link.ifindex);
  const auto before = links_.find(link.ifindex);
  if (!deleted && origin == Origin::event && before != links_.end()) {
    // A link's own event is written before IPv6 hears of it. A new MTU becomes IPv6's, too, and that of
    // routes which had a larger one or IPv6's; no message says so.
    const bool other_mtu = before->second.mtu != link.mtu;
    changes.verify |= other_mtu || before->second.ipv6_mtu != link.ipv6_mtu;
    link.ipv6_mtu = other_mtu ? 0 : before->second.ipv6_mtu;
  }
  if (deleted) {
    changes.interfaces |= links_.erase(link.ifindex) != 0;
  } else {
    LinkRecord& known = links_[link.ifindex];
    if (known == link) return;
    // A hop of a multipath route is chosen by its link's state.
    changes.routes |= known.up != link.up || known.carrier != link.carrier;
    known = link;
    changes.interfaces = true;
  }
  if (was_up && !is_up(link.ifindex)) {
    changes.routes |= routes_.drop_dead_ipv4([this](std::uint32_t ifindex) { return is_up(ifindex); });
    changes.verify = true;
  }
}

void MirrorState::take(const Ipv6MtuRecord& told, Changes& changes) {
  const auto link = links_.find(told.ifindex);
  if (link == links_.end() || link->second.ipv6_mtu == told.ipv6_mtu) return;
  link->second.ipv6_mtu = told.ipv6_mtu;
  changes.interfaces = true;
  changes.verify = true;  // routes that had the former one have it now, too
}

void MirrorState::take(bool deleted, const AddressRecord& address, Changes& changes) {
  const AddressKey key{address.ifindex, address.addr};
  if (!deleted) {
    const auto [it, fresh] = addresses_.emplace(key, address);
    if (!fresh && it->second == address) return;
    it->second = address;
    changes.interfaces = true;
    return;
  }
  if (addresses_.erase(key) == 0) return;
  changes.interfaces = true;
  if (address.addr.is_v4()) lost_address(address, changes);
}

void MirrorState::lost_address(const AddressRecord& address, Changes& changes) {
  changes.verify = true;
  const auto anywhere = std::any_of(addresses_.begin(), addresses_.end(),
                                    [&](const auto& entry) { return entry.first.second == address.addr; });
  if (!anywhere) changes.routes |= routes_.drop_with_source(address.addr);
  const auto others = std::any_of(addresses_.begin(), addresses_.end(), [&](const auto& entry) {
    return entry.first.first == address.ifindex && entry.first.second.is_v4();
  });
  if (!others) changes.routes |= routes_.drop_ipv4_through(address.ifindex);
}

void MirrorState::take_route(bool deleted, const RouteMessage& route, Origin origin, Changes& changes) {
  if (deleted) {
    changes.routes |= routes_.remove(route);
  } else if (origin == Origin::dump) {
    changes.routes |= routes_.add_dumped(route);
  } else {
    changes.routes |= routes_.add(route);
  }
}

void MirrorState::take(bool deleted, const NeighbourRecord& neighbour, Changes& changes) {
  if (multicast(neighbour.key.addr)) return;
  const auto known = neighbours_.find(neighbour.key);
  if (deleted) {
    if (known == neighbours_.end()) return;
    neighbours_.erase(known);
    changes.neighbours.push_back(neighbour.key);
    return;
  }
  const bool same = known != neighbours_.end() && known->second.resolved() == neighbour.resolved() &&
                    known->second.mac == neighbour.mac;
  neighbours_[neighbour.key] = neighbour;
  if (!same) changes.neighbours.push_back(neighbour.key);
}

void MirrorState::take(bool deleted, const RuleRecord& rule, Changes& changes) {
  if (rule.custom) {
    if (!deleted) {
      limitations_.insert(rule_text(rule) +
                          " selects by more than the destination: the mirror does not follow it");
    }
    return;
  }
  const auto known = std::find(rules_.begin(), rules_.end(), rule);
  if (deleted == (known == rules_.end())) return;
  if (deleted) {
    rules_.erase(known);
  } else {
    rules_.push_back(rule);
    std::stable_sort(rules_.begin(), rules_.end(), [](const RuleRecord& a, const RuleRecord& b) {
      return std::tie(a.family, a.priority) < std::tie(b.family, b.priority);
    });
  }
  changes.routes = true;
}

namespace {

std::string name(std::uint32_t ifindex) { return std::to_string(ifindex); }
std::string name(const MirrorState::AddressKey& key) { return key.second.text() + "%" + name(key.first); }
std::string name(const NeighKey& key) { return key.addr.text() + "%" + name(key.ifindex); }
std::string name(const RouteKey& key) {
  return key.prefix.addr.text() + "/" + std::to_string(key.prefix.length) + " table " +
         std::to_string(key.table) + " metric " + std::to_string(key.metric);
}

/// Adds "3 WHAT (NAME, ...)" to the text when the maps differ in three entries, the first of them NAME.
template <typename Map, typename Same>
void compare(std::string& text, const char* what, const Map& a, const Map& b, Same same) {
  std::size_t count = 0;
  std::string first;
  const auto differs = [&](const auto& key) {
    if (count++ == 0) first = name(key);
  };
  for (const auto& [key, value] : a) {
    const auto other = b.find(key);
    if (other == b.end() || !same(value, other->second)) differs(key);
  }
  for (const auto& [key, value] : b) {
    if (a.find(key) == a.end()) differs(key);
  }
  if (count == 0) return;
  if (!text.empty()) text += ", ";
  text += std::to_string(count) + " " + what + " (" + first + (count > 1 ? ", ...)" : ")");
}

}  // namespace

std::string difference(const MirrorState& a, const MirrorState& b) {
  const auto equal = [](const auto& x, const auto& y) { return x == y; };
  const auto same_answer = [](const NeighbourRecord& x, const NeighbourRecord& y) {
    return x.resolved() == y.resolved() && x.mac == y.mac;
  };
  std::string text;
  compare(text, "links", a.links(), b.links(), equal);
  compare(text, "addresses", a.addresses(), b.addresses(), equal);
  compare(text, "routes", a.routes().map(), b.routes().map(), equal);
  compare(text, "neighbours", a.neighbours(), b.neighbours(), same_answer);
  if (a.rules() != b.rules()) text += text.empty() ? "the rules" : ", the rules";
  return text;
}

}  // namespace hvs::netlink
