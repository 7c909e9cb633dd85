// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

#include "net/parse.h"
#include "tests/golden/traffic.h"
#include "tests/support/packet.h"

// Mode snat beside what its rules do not know of: a neighbour that is not there yet, and connections that
// have the key of an answer.
namespace hvs::golden {
namespace {

struct Ends {
  std::string src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
};
Ends ends_of(const Bytes& frame) {
  const Reader bytes{frame.data(), frame.size()};
  const Parsed p = parse_frame(bytes);
  const auto& ports = *bytes.at<L4Ports>(p.l4);
  if (p.family == Family::ipv4) {
    const auto& ip = *bytes.at<Ipv4Hdr>(p.l3);
    return {IpAddr::v4(ip.src).text(), IpAddr::v4(ip.dst).text(), ports.src.host(), ports.dst.host()};
  }
  const auto& ip = *bytes.at<Ipv6Hdr>(p.l3);
  return {IpAddr::v6(ip.src).text(), IpAddr::v6(ip.dst).text(), ports.src.host(), ports.dst.host()};
}

class SnatClash : public testing::TestWithParam<Family> {
 protected:
  static std::string pick(const char* v4, const char* v6) { return GetParam() == Family::ipv4 ? v4 : v6; }
  static std::string host(unsigned n) { return pick("10.30.0.", "fd30::") + std::to_string(n); }

  static Config config(const std::string& more) {
    return config_of(
        "instance: golden\nports:\n  - { name: outside, device: out0 }\n  - { name: inside, device: in0 }\n" +
        more);
  }
  static std::string pool(const std::string& address, const std::string& ports = "20001-20064") {
    return "lip_pools:\n  - { name: pool, addresses: [ \"" + address + "\" ], ports: " + ports + " }\n";
  }
  static Config two_workers(const std::string& more) {
    return config_of(
        "instance: golden\nworkers: { count: 2 }\nports:\n  - { name: outside, device: out0, queues: 2 }\n"
        "  - { name: inside, device: in0, queues: 2 }\n" +
        more);
  }
  /// A rule without `out`, for hosts inside.
  static std::string snat_of(const std::string& pool) {
    return pool + "snat:\n  - { name: office, from: [ \"" + pick("10.30.0.0/24", "fd30::/64") +
           "\" ], lip_pool: pool }\n";
  }
  Config snat() const { return config(snat_of(pool(vip))); }
  [[nodiscard]] std::string service(const std::string& name, const std::string& address,
                                    const std::string& port, const std::string& at,
                                    const std::string& mode = "fullnat") const {
    return "  - { name: " + name + ", vip: \"" + address + "\", protocol: udp, mode: " + mode +
           ", port: " + port + ", lip_pool: pool, dests: [ { address: \"" + dest + "\"" + at + " } ] }\n";
  }
  static World world() { return World::parse(traffic_world()); }
  static void send(Rig& rig, PortId port, const Ends& ends, QueueId queue = QueueId{0}) {
    rig.inject(port, queue,
               test::Packet()
                   .eth(port == kOutside ? kOutsideMac : kInsideMac)
                   .ip(ends.src, ends.dst)
                   .udp(ends.src_port, ends.dst_port)
                   .build());
  }
  /// By either queue.
  static std::vector<Bytes> all_sent(Rig& rig, PortId port) {
    std::vector<Bytes> frames;
    for (unsigned queue = 0; queue < rig.queues(port); ++queue) {
      for (Bytes& frame : rig.sent(port, QueueId{static_cast<std::uint16_t>(queue)}))
        frames.push_back(std::move(frame));
    }
    return frames;
  }
  /// Where the answer to a frame goes, as it leaves.
  static std::string answered(Rig& rig, PortId port, const Ends& sent, QueueId queue = QueueId{0}) {
    send(rig, port, {sent.dst, sent.src, sent.dst_port, sent.src_port}, queue);
    rig.turn(2);
    std::string to;
    for (const PortId out : {kOutside, kInside}) {
      for (const Bytes& frame : all_sent(rig, out)) to += ends_of(frame).dst;
    }
    return to;
  }

  const std::string client = pick("192.0.2.1", "2001:db8::1");
  const std::string vip = pick("10.10.0.100", "fd10::100");
  const std::string lip = pick("10.20.0.10", "fd20::10");
  const std::string dest = pick("10.20.0.21", "fd20::21");
};

/// By which port it will leave is known before its MAC address: the kernel must not get it, and route it as
/// it is.
TEST_P(SnatClash, AFlowWaitsForItsNeighbour) {
  for (const bool listed : {true, false}) {
    World without = world();
    const IpAddr router = *IpAddr::parse(pick("10.10.0.254", "fd10::fe"));
    const auto is_router = [&](const World::Neighbour& n) { return n.key.addr == router; };
    if (listed) {
      for (auto& n : without.neighbours) n.resolved = n.resolved && !is_router(n);
    } else {
      std::erase_if(without.neighbours, is_router);
    }
    Rig rig(snat(), without, Rig::Sizes{64, 64});
    send(rig, kInside, {host(5), client, 4000, 53});
    rig.turn();
    EXPECT_TRUE(rig.sent(kOutside, QueueId{0}).empty());
    EXPECT_TRUE(rig.punted().empty());
    EXPECT_EQ(rig.asked(), std::vector<std::string>{"1 " + router.text()});
    EXPECT_EQ(rig.counters().at("connections"), 1);
    rig.load(world());
    rig.turn(2);
    const auto sent = rig.sent(kOutside, QueueId{0});
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(ends_of(sent[0]).src, vip);
    EXPECT_EQ(answered(rig, kOutside, ends_of(sent[0])), host(5));
  }
}

/// Bitmaps of two kinds do not know of one another. A local port that a connection of the same burst has,
/// whose answers' key is not entered yet, is no other's.
TEST_P(SnatClash, PortsOfOneBurstAreNobodyElses) {
  Rig rig(config(pool(lip) + "services:\n" + service("one", vip, "80", ", port: 8080") +
                 service("any", pick("10.10.0.102", "fd10::102"), "any", "")),
          world(), Rig::Sizes{64, 64});
  for (unsigned n = 1; n <= 20; ++n) {
    const bool one = n % 2 == 1;
    send(rig, kOutside,
         {pick("192.0.2.", "2001:db8::") + std::to_string(n), one ? vip : pick("10.10.0.102", "fd10::102"),
          4000, static_cast<std::uint16_t>(one ? 80 : 8080)});
  }
  rig.turn();
  const auto sent = rig.sent(kInside, QueueId{0});
  ASSERT_EQ(sent.size(), 20U);
  std::set<std::uint16_t> ports;
  std::set<std::string> clients;
  for (const Bytes& frame : sent) {
    EXPECT_EQ(ends_of(frame).src, lip);
    EXPECT_EQ(ends_of(frame).dst_port, 8080);
    ports.insert(ends_of(frame).src_port);
    clients.insert(answered(rig, kInside, ends_of(frame)));
  }
  EXPECT_EQ(ports.size(), 20U);
  EXPECT_EQ(clients.size(), 20U) << "each answer goes to another client";
}

/// A VIP that a reload makes a LIP: its connections go on, and what they are found by is no answer's key.
TEST_P(SnatClash, AConnectionByAFormerVipKeepsItsKey) {
  Rig rig(config(pool(lip) + "services:\n" + service("dns", vip, "20001", ", port: 8080")), world(),
          Rig::Sizes{128, 64});
  send(rig, kOutside, {client, vip, 5000, 20001});
  rig.turn();
  ASSERT_EQ(rig.sent(kInside, QueueId{0}).size(), 1U);
  rig.load(snat());
  std::set<std::string> hosts;
  for (unsigned n = 1; n <= 64; ++n) {
    send(rig, kInside, {host(n), client, 4000, 5000});
    rig.turn();
    for (const Bytes& frame : rig.sent(kOutside, QueueId{0})) {
      ASSERT_EQ(ends_of(frame).src, vip);
      hosts.insert(answered(rig, kOutside, ends_of(frame)));
    }
  }
  EXPECT_FALSE(hosts.contains(dest));
  EXPECT_EQ(hosts.size(), 63U) << "of 64 ports the connection by the former VIP has one";
  EXPECT_EQ(rig.counters().at("drop.lip_exhausted"), 1);
  EXPECT_EQ(answered(rig, kOutside, {vip, client, 20001, 5000}), dest) << "the connection goes on";
}

/// The same where the connection may be another worker's than the local port of its number, and nobody sees
/// it when the port is given away: none that the VIP had is.
TEST_P(SnatClash, PortsOfAFormerVipAreKeptFromWorkersThatDoNotSeeItsConnections) {
  struct Case {
    std::string mode, ports;
    std::uint16_t first, kept;
  };
  const std::string all = "20001-20128";
  std::vector<Case> cases;
  for (const std::string mode : {"fullnat", "nat"}) {
    for (const auto& [ports, first, kept] :
         std::vector<std::tuple<std::string, std::uint16_t, std::uint16_t>>{{"20001", 20001, 1},
                                                                            {"20040-20049", 20040, 10},
                                                                            {"20100-30000", 20100, 29},
                                                                            {"any", 20001, 128}})
      cases.push_back({mode, ports, first, kept});
  }
  for (const auto& [mode, ports, first, kept] : cases) {
    for (const std::uint16_t queue : {std::uint16_t{0}, std::uint16_t{1}}) {
      SCOPED_TRACE(mode + " " + ports + " by queue " + std::to_string(queue));
      Rig rig(two_workers(pool(lip, all) + "services:\n" + service("dns", vip, ports, ", port: 8080", mode)),
              world(), Rig::Sizes{256, 64});
      send(rig, kOutside, {client, vip, 5000, first}, QueueId{queue});
      rig.turn(2);
      ASSERT_EQ(all_sent(rig, kInside).size(), 1U);
      rig.load(two_workers(snat_of(pool(vip, all))));
      std::set<std::uint16_t> given;
      for (unsigned n = 1; n <= 200; ++n) {
        send(rig, kInside, {host(n), client, 4000, 5000}, QueueId{static_cast<std::uint16_t>(n % 2)});
        rig.turn(2);
        for (const Bytes& frame : all_sent(rig, kOutside)) {
          given.insert(ends_of(frame).src_port);
          EXPECT_EQ(answered(rig, kOutside, ends_of(frame), QueueId{queue}), host(n));
        }
      }
      EXPECT_EQ(given.size(), 128U - kept);
      EXPECT_TRUE(given.lower_bound(first) == given.lower_bound(static_cast<std::uint16_t>(first + kept)));
      // In mode nat its frames come to the LIP's worker now, not to the client's.
      if (mode == "fullnat") {
        EXPECT_EQ(answered(rig, kOutside, {vip, client, first, 5000}, QueueId{queue}), dest);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, SnatClash, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& param) { return param.param == Family::ipv4 ? "V4" : "V6"; });

}  // namespace
}  // namespace hvs::golden
