// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>
#include <net/if.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "control/netlink/mirror.h"
#include "tests/netlink/netns.h"

namespace hvs::test {

using namespace std::chrono_literals;

inline IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

/// p0, port 0 of ours, leads to q0 in the peer: 10.0.0.1 to .2, fd00::1 to ::2. n0 is no port.
class MirrorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    net.emplace();
    // Link-local addresses are there at once, so that no test sees them come.
    const char* no_dad = "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad";
    net->run(no_dad);
    net->peer(no_dad);
    net->run("ip link add p0 type veth peer name q0 netns " + std::to_string(net->peer_pid()));
    net->run("ip link add n0 type veth peer name n1");
    net->run("ip link set p0 up; ip link set n0 up; ip link set n1 up");
    net->run("ip addr add 10.0.0.1/24 dev p0; ip addr add fd00::1/64 dev p0 nodad");
    net->run("ip addr add 192.168.7.1/24 dev n0");
    net->peer("ip link set q0 up; ip addr add 10.0.0.2/24 dev q0; ip addr add fd00::2/64 dev q0 nodad");
    const std::string ready = "for i in $(seq 200); do [ $(grep -c 'fe80.* 20 80 ' /proc/net/if_inet6) -ge ";
    net->run(ready + "3 ] && exit 0; sleep 0.01; done; false");
    net->peer(ready + "1 ] && exit 0; sleep 0.01; done; false");
    p0 = if_nametoindex("p0");
  }
  void TearDown() override {
    mirror.reset();
    net.reset();
  }

  std::unique_ptr<Mirror> make_mirror(MirrorOptions options = {}) {
    return std::make_unique<Mirror>(
        io, std::vector{MirroredPort{PortId{0}, p0}}, [this](auto fib) { on_change(*fib); }, options);
  }
  void start(MirrorOptions options = {}) {
    mirror = make_mirror(options);
    const auto started = mirror->start();
    ASSERT_TRUE(started.ok()) << started.error().message();
  }
  /// Runs the reactor until the condition holds.
  bool until(const std::function<bool()>& condition, std::chrono::milliseconds limit = 5s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io.restart();
      io.run_one_for(10ms);
    }
    return true;
  }
  void pump(std::chrono::milliseconds time) {
    until([] { return false; }, time);
  }

  [[nodiscard]] const Fib& fib() const { return *mirror->current(); }
  [[nodiscard]] std::string via(const char* destination) const {
    const NextHop hop = fib().next_hop(ip(destination));
    switch (hop.kind) {
      case NextHop::Kind::no_route: return "none";
      case NextHop::Kind::local: return "local";
      case NextHop::Kind::not_our_port: return "elsewhere";
      case NextHop::Kind::adjacency:
      case NextHop::Kind::unknown_neigh: break;
    }
    return hop.gateway.text();
  }
  bool until_via(const char* destination, const char* expected) {
    return until([&] { return via(destination) == expected; });
  }
  [[nodiscard]] const Adjacency* row(const char* addr) const {
    const auto found = fib().neighbours.find({{p0, ip(addr)}});
    return found == fib().neighbours.end() ? nullptr : &fib().adjacencies.at(found->second.index());
  }
  [[nodiscard]] bool resolved(const char* addr) const { return row(addr) != nullptr && row(addr)->resolved; }

  /// A second mirror, started now, says the same.
  void expect_as_the_kernel(const std::string& when) {
    auto fresh = make_mirror();
    ASSERT_TRUE(fresh->start().ok());
    const auto table = [](const Fib& f) {
      std::map<std::string, std::string> lines;
      for (const Route& r : f.routes->routes()) {
        lines["route " + r.prefix.addr.text() + "/" + std::to_string(r.prefix.length)] =
            std::to_string(static_cast<int>(r.kind)) + " " + std::to_string(r.ifindex) + " " +
            r.gateway.text() + " " + std::to_string(r.mtu);
      }
      for (const auto& [key, index] : f.neighbours) {
        const Adjacency& a = f.adjacencies.at(index.index());
        // Those that the kernel forgot keep their row for a while.
        if (a.resolved)
          lines["neighbour " + key.neighbour.addr.text() + "%" + std::to_string(key.neighbour.ifindex) + " " +
                std::to_string(key.mtu)] = mac_text(a.dst) + " " + std::to_string(a.mtu);
      }
      for (const EgressInterface& i : f.interfaces) {
        std::string& line = lines["interface " + std::to_string(i.ifindex)];
        line = mac_text(i.mac) + " " + std::to_string(i.mtu) + " " + std::to_string(i.ipv6_mtu);
        for (const IpAddr& a : i.addresses) line += " " + a.text();
      }
      return lines;
    };
    EXPECT_EQ(table(fib()), table(*fresh->current())) << when;
  }
  virtual void on_change(const Fib&) {}

  std::optional<Namespaces> net;
  boost::asio::io_context io;
  std::unique_ptr<Mirror> mirror;
  std::uint32_t p0 = 0;
};

}  // namespace hvs::test
