// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/golden/world.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <stdexcept>

namespace hvs::golden {

namespace {

/// The words of one line; whoever reads them says what they must be.
class Words {
 public:
  explicit Words(const std::string& line) : line_(line), in_(line.substr(0, line.find('#'))) { in_ >> word_; }

  [[nodiscard]] bool empty() const { return word_.empty(); }
  /// Takes the next word if it is this one.
  bool take(const char* wanted) {
    if (word_ != wanted) return false;
    next();
    return true;
  }
  std::string word() {
    if (empty()) fail("more words expected");
    return next();
  }
  unsigned number() { return static_cast<unsigned>(std::stoul(word())); }
  IpAddr address() {
    const auto addr = IpAddr::parse(word());
    if (!addr) fail("not an address");
    return *addr;
  }
  [[noreturn]] void fail(const std::string& why) const { throw std::runtime_error(why + ": " + line_); }

 private:
  std::string next() {
    std::string taken;
    taken.swap(word_);
    in_ >> word_;
    return taken;
  }
  std::string line_;
  std::istringstream in_;
  std::string word_;
};

World::Port parse_port(Words& words) {
  World::Port port;
  port.name = words.word();
  while (!words.empty()) {
    if (words.take("mac")) {
      port.mac = parse_mac(words.word());
    } else if (words.take("mtu")) {
      port.mtu = static_cast<std::uint16_t>(words.number());
    } else if (words.take("rss")) {
      const std::string key = words.word();
      for (std::size_t i = 0; i + 1 < key.size(); i += 2)
        port.rss_key.push_back(static_cast<std::uint8_t>(std::stoul(key.substr(i, 2), nullptr, 16)));
      port.rss_entries = words.number();
    } else {
      words.fail("unknown word");
    }
  }
  return port;
}

EgressInterface parse_interface(Words& words, const std::vector<World::Port>& ports) {
  EgressInterface interface;
  interface.ifindex = words.number();
  const std::string name = words.word();
  const auto port = std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.name == name; });
  if (port == ports.end()) words.fail("no such port");
  interface.port = PortId{static_cast<std::uint16_t>(port - ports.begin())};
  interface.mac = port->mac;
  interface.mtu = port->mtu;
  while (!words.empty()) {
    if (words.take("vlan")) {
      interface.vlan = static_cast<std::uint16_t>(words.number());
    } else if (words.take("mtu")) {
      interface.mtu = static_cast<std::uint16_t>(words.number());
    } else if (words.take("address")) {
      interface.addresses.push_back(words.address());
    } else {
      words.fail("unknown word");
    }
  }
  return interface;
}

Route parse_route(Words& words) {
  Route route;
  const std::string prefix = words.word();
  const std::size_t slash = prefix.find('/');
  const auto addr = IpAddr::parse(prefix.substr(0, slash));
  if (!addr || slash == std::string::npos) words.fail("not a prefix");
  route.prefix = {*addr, static_cast<std::uint8_t>(std::stoul(prefix.substr(slash + 1)))};
  if (words.take("local")) {
    route.kind = Route::Kind::local;
  } else if (words.take("unreachable")) {
    route.kind = Route::Kind::unreachable;
  } else if (words.take("dev")) {
    route.ifindex = words.number();
    route.has_gateway = words.take("via");
    if (route.has_gateway) route.gateway = words.address();
    if (words.take("mtu")) route.mtu = static_cast<std::uint16_t>(words.number());
  }
  if (!words.empty()) words.fail("unknown word");
  return route;
}

World::Neighbour parse_neighbour(Words& words) {
  World::Neighbour neighbour;
  neighbour.key.ifindex = words.number();
  neighbour.key.addr = words.address();
  neighbour.resolved = !words.take("unresolved");
  if (neighbour.resolved) neighbour.mac = parse_mac(words.word());
  return neighbour;
}

/// All that makes a cached next hop wrong when it changes.
std::string routing_of(const World& world) {
  std::ostringstream out;
  for (const auto& r : world.routes) {
    out << r.prefix.addr.text() << '/' << +r.prefix.length << ' ' << static_cast<int>(r.kind) << ' '
        << r.ifindex << ' ' << r.has_gateway << r.gateway.text() << ' ' << r.mtu << '\n';
  }
  for (const auto& i : world.interfaces) {
    out << i.ifindex << ' ' << i.port.value << ' ' << i.vlan << ' ' << i.mtu;
    for (const auto& a : i.addresses) out << ' ' << a.text();
    out << '\n';
  }
  return out.str();
}

}  // namespace

MacAddr parse_mac(const std::string& text) {
  unsigned b[6] = {};
  if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
    throw std::runtime_error("not a MAC address: " + text);
  MacAddr mac;
  for (std::size_t i = 0; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(b[i]);
  return mac;
}

World World::parse(const std::string& text) {
  World world;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Words words(line);
    if (words.empty()) continue;
    if (words.take("port")) {
      world.ports.push_back(parse_port(words));
    } else if (words.take("interface")) {
      world.interfaces.push_back(parse_interface(words, world.ports));
    } else if (words.take("route")) {
      world.routes.push_back(parse_route(words));
    } else if (words.take("neighbour")) {
      world.neighbours.push_back(parse_neighbour(words));
    } else {
      words.fail("unknown line");
    }
  }
  return world;
}

std::shared_ptr<const Fib> FibBuilder::build(const World& world) {
  auto fib = std::make_shared<Fib>();
  fib->routes = std::make_shared<const RouteTable>(world.routes);
  fib->interfaces = world.interfaces;
  if (const std::string routing = routing_of(world); generation_ == 0 || routing != routing_) {
    routing_ = routing;
    ++generation_;
  }
  fib->generation = generation_;
  for (const World::Neighbour& n : world.neighbours) {
    const EgressInterface* out = fib->interface_of(n.key.ifindex);
    if (out == nullptr) throw std::runtime_error("neighbour without interface: " + n.key.addr.text());
    std::set<std::uint16_t> mtus{0};
    for (const Route& route : world.routes) mtus.insert(route.mtu);  // more than there are ways: no harm
    for (const std::uint16_t mtu : mtus) {
      const std::uint16_t of_way = out->mtu_for(n.key.addr.family, mtu);
      const AdjacencyKey key{n.key, mtu == 0 ? std::uint16_t{0} : of_way};
      auto row = std::find(rows_.begin(), rows_.end(), key);
      if (row == rows_.end()) row = rows_.insert(rows_.end(), key);
      const auto index = static_cast<std::uint32_t>(row - rows_.begin());
      if (fib->adjacencies.size() < rows_.size()) fib->adjacencies.resize(rows_.size());
      fib->adjacencies[index] = {n.mac, out->mac, out->port, out->vlan, of_way, n.resolved, 0};
      fib->neighbours.emplace(key, AdjIndex{index});
    }
  }
  fib->adjacencies.resize(rows_.size());
  fib->set_plain_mtus();
  return fib;
}

}  // namespace hvs::golden
