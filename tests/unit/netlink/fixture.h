// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "control/netlink/fib_builder.h"
#include "control/netlink/mirror_state.h"
#include "tests/unit/netlink/messages.h"

namespace hvs::netlink::test {

/// A mirror without sockets: port 0 is interface 2 (out0), port 1 is interface 3 (in0), 4 is no port.
class MirrorTest : public testing::Test {
 protected:
  MirrorTest() {
    apply(link(1, "lo", {IFF_UP | IFF_LOWER_UP, {}, 65536}));
    apply(link(2, "out0"));
    apply(link(3, "in0", {IFF_UP | IFF_LOWER_UP, {2, 0, 0, 0, 0, 3}, 9000}));
    apply(link(4, "mgmt0"));
    apply(address(2, "10.0.0.5", 24));
    apply(address(3, "10.1.0.5", 24));
    apply(route("10.0.0.0", 24, 2, {.source = "10.0.0.5"}));
    apply(route("10.1.0.0", 24, 3, {.source = "10.1.0.5"}));
  }
  void apply(Msg message, MirrorState::Origin origin = MirrorState::Origin::event) {
    state.apply(message.header(), origin, changes);
  }
  /// What would be published now; the last Fib when nothing changed. `published` tells which.
  const Fib& fib() {
    builder.note(changes, state, now);
    changes = {};
    auto fresh = builder.build(state, true, now);
    published = fresh != nullptr;
    if (published) last = std::move(fresh);
    return *last;
  }
  const Adjacency& row(int ifindex, const char* addr) {
    const auto& index = fib().neighbours;
    const auto found = index.find({{static_cast<std::uint32_t>(ifindex), ip(addr)}});
    static const Adjacency none{};
    return found == index.end() ? none : last->adjacencies.at(found->second.index());
  }
  NextHop hop(const char* destination) { return fib().next_hop(ip(destination)); }

  MirrorState state;
  FibBuilder builder{{{PortId{0}, 2}, {PortId{1}, 3}}, 4};
  Changes changes;
  FibBuilder::Clock::time_point now{std::chrono::hours{1}};
  std::shared_ptr<const Fib> last;
  bool published = false;
};

}  // namespace hvs::netlink::test
