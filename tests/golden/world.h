// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/fib.h"

namespace hvs::golden {

/// What surrounds HVS in a test: ports, and the kernel's interfaces, routes and neighbours. As text, a line
/// each, with # for comments:
///
///     port NAME mac MAC [mtu N] [rss KEY ENTRIES]
///     interface IFINDEX PORT [vlan ID] [mtu N] [address A]...
///     route PREFIX dev IFINDEX [via A] [mtu N]        or: route PREFIX local|unreachable
///     neighbour IFINDEX ADDRESS MAC|unresolved
///
/// RSS: the key in hexadecimal, and a table of so many entries in which the queues take turns. An IFINDEX
/// without an interface line is one that is no port of ours.
struct World {
  struct Port {
    std::string name;
    MacAddr mac{};
    std::uint16_t mtu = 1500;
    std::vector<std::uint8_t> rss_key;  // empty: the device does not tell
    unsigned rss_entries = 0;
  };
  struct Neighbour {
    NeighKey key;
    MacAddr mac{};
    bool resolved = false;
  };
  std::vector<Port> ports;  // their order gives the PortIds
  std::vector<EgressInterface> interfaces;
  std::vector<Route> routes;
  std::vector<Neighbour> neighbours;

  /// Throws std::runtime_error with the line that is wrong.
  static World parse(const std::string& text);
};

/// Builds what the mirror would publish: rows of the adjacency table keep their place, and the generation
/// changes with routes and interfaces only.
class FibBuilder {
 public:
  std::shared_ptr<const Fib> build(const World& world);

 private:
  std::vector<AdjacencyKey> rows_;
  std::string routing_;  // what the last generation was made of
  std::uint32_t generation_ = 0;
};

/// "02:00:00:00:00:01".
MacAddr parse_mac(const std::string& text);

}  // namespace hvs::golden
