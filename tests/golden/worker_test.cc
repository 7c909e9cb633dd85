// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/worker.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <set>

#include "tests/golden/traffic.h"
#include "tests/support/packet.h"

// What a worker does beside frames, and what happens at the bounds of its rings and queues.
namespace hvs::golden {
namespace {

class WorkerTest : public testing::Test {
 protected:
  explicit WorkerTest(unsigned workers = 1) {
    Config config = config_of(traffic_config());
    config.workers.count = workers;
    for (PortConfig& port : config.ports) port.queues = static_cast<std::uint16_t>(workers);
    config.lip_pools[0].port_low = L4Port{10240};
    config.lip_pools[0].port_high = L4Port{65535};
    for (ServiceConfig& service : config.services) service.dests.resize(1);
    rig = std::make_unique<Rig>(config, World::parse(traffic_world()), Rig::Sizes{4096, 64});
  }
  ~WorkerTest() override {
    rig.reset();
    EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available) << "packet buffers were lost";
  }
  static Bytes datagram(unsigned client, bool v4 = true) {
    return test::Packet()
        .eth(kOutsideMac)
        .ip(v4 ? "192.0.2.1" : "2001:db8::1", v4 ? "10.10.0.100" : "fd10::100")
        .udp(static_cast<std::uint16_t>(1000 + client), 80)
        .build();
  }
  void open(unsigned connections) {
    for (unsigned n = 0; n < connections; ++n) {
      rig->inject(kOutside, QueueId{0}, datagram(n, n % 3 != 0));
      if (n % kBurstFrames == kBurstFrames - 1 || n + 1 == connections) rig->turn();
    }
    EXPECT_EQ(rig->counters()["connections"], connections);
  }
  std::int64_t counter(const std::string& name) { return rig->counters().at(name); }

  unsigned available = rte_mempool_avail_count(Rig::pool);
  std::unique_ptr<Rig> rig;
};

/// Turns until the listing is over; gives the client ports in the order of arrival.
std::vector<unsigned> list(Rig& rig, ConnWalk& walk, unsigned max_turns = 1000) {
  std::vector<unsigned> ports;
  rig.box(0).walks[1].store(&walk, std::memory_order_release);
  for (unsigned turn = 0; turn < max_turns && !walk.finished.load(std::memory_order_acquire); ++turn) {
    rig.turn();
    ConnView view;
    while (walk.ring.pop(view)) ports.push_back(view.client_port.value);
  }
  return ports;
}

TEST_F(WorkerTest, ListsEveryConnectionOnceABoundedSliceATurn) {
  open(3000);
  auto walk = std::make_unique<ConnWalk>();
  const std::int64_t before = counter("loops");
  const auto ports = list(*rig, *walk);
  EXPECT_TRUE(walk->finished);
  EXPECT_EQ(ports.size(), 3000U);
  EXPECT_EQ(std::set<unsigned>(ports.begin(), ports.end()).size(), 3000U);
  EXPECT_EQ(walk->visited, 3000U);
  EXPECT_EQ(walk->matched, 3000U);
  EXPECT_GE(counter("loops") - before, 3000 / 128);
  EXPECT_EQ(rig->box(0).walks[1].load(), nullptr);
}

TEST_F(WorkerTest, ListsWhatTheFilterMatchesAndCountsWithoutARing) {
  open(600);
  for (const bool count_only : {false, true}) {
    auto walk = std::make_unique<ConnWalk>();
    walk->filter.client = IpAddr::parse("2001:db8::1");
    walk->count_only = count_only;
    const auto ports = list(*rig, *walk);
    EXPECT_EQ(ports.size(), count_only ? 0U : 200U);
    EXPECT_EQ(walk->matched, 200U);
    EXPECT_EQ(walk->visited, 600U);
  }
}

TEST_F(WorkerTest, AListingThatNobodyReadsWaitsAndCanBeCancelled) {
  open(3000);
  auto stalled = std::make_unique<ConnWalk>();
  rig->box(0).walks[0].store(stalled.get());
  rig->turn(100);
  EXPECT_FALSE(stalled->finished);
  EXPECT_LE(stalled->matched, 1024U);
  auto other = std::make_unique<ConnWalk>();  // goes on beside it
  EXPECT_EQ(list(*rig, *other).size(), 3000U);
  stalled->cancelled = true;
  rig->turn();
  EXPECT_TRUE(stalled->finished);
}

TEST_F(WorkerTest, WhatIsFoundOverInABusyTurnEndsInTheNextUnlessItsRecordIsAnothersByThen) {
  const auto connections_of = [this](unsigned expected, unsigned expired) {
    EXPECT_EQ(counter("connections"), expected);
    EXPECT_EQ(counter("connections_expired"), expired);
  };
  open(2);
  rig->advance(5001);  // the whole of so small a table is due
  rig->inject(kOutside, QueueId{0}, datagram(7));
  rig->turn();
  connections_of(3, 0);
  // One of the two is asked for again, ends by that, and the new one takes its record.
  rig->inject(kOutside, QueueId{0}, datagram(1));
  rig->turn();
  connections_of(2, 2);
  rig->turn(3);
  connections_of(2, 2);
  EXPECT_EQ(counter("service.dns4.active") + counter("service.dns6.active"), 2);
}

TEST_F(WorkerTest, WhatIsFoundOverInABusyTurnMayHaveEndedWithoutAnotherInItsPlace) {
  open(2);
  rig->advance(5001);
  rig->inject(kOutside, QueueId{0}, datagram(7));
  rig->turn();
  EXPECT_EQ(counter("connections"), 3);
  // The connection ends by this packet, which may open none.
  rig->inject(kOutside, QueueId{0},
              test::Packet().eth(kOutsideMac).ip("192.0.2.1", "10.10.0.100", 1).udp(1001, 80).build());
  rig->turn();
  EXPECT_EQ(counter("drop.ttl_exceeded"), 1);
  EXPECT_EQ(counter("connections"), 1);
  EXPECT_EQ(counter("connections_expired"), 2);
}

TEST_F(WorkerTest, SweepsALargeTableInSlices) {
  open(3000);
  rig->advance(2001);  // udp_unreplied is 2 s
  std::int64_t last = counter("connections");
  unsigned turns = 0;
  while (last > 0 && turns < 10'000) {
    rig->turn();
    const std::int64_t now = counter("connections");
    EXPECT_LE(now, last);
    last = now;
    rig->advance(20);
    ++turns;
  }
  EXPECT_GT(turns, 10U);
  EXPECT_LE(turns, 4000U / 20 + 10);  // once round in about four seconds
  EXPECT_EQ(counter("connections_expired"), 3000);
}

TEST_F(WorkerTest, AfterALongPauseItSweepsASliceATurnUntilItIsNoLongerBehind) {
  open(3000);  // 2000 of IPv4
  rig->advance(60'000);
  std::int64_t last = counter("connections");
  unsigned turns = 0;
  for (bool more = true; more && turns < 1000; ++turns) {
    more = rig->turn_one(0);
    const std::int64_t now = counter("connections");
    EXPECT_LE(last - now, 128);  // 64 of each family
    EXPECT_EQ(more, turns + 1 < 2000 / 64);
    last = now;
  }
  EXPECT_EQ(turns, 2000U / 64);
  rig->advance(64);  // the rest, less than a slice, follows in its time
  rig->turn();
  EXPECT_EQ(counter("connections"), 0);
  EXPECT_EQ(counter("connections_expired"), 3000);
}

/// A burst whose every frame finds a connection that is over opens as many as one whose frames find none.
TEST_F(WorkerTest, ConnectionsReopenedInOneBurstAreFoundInBothDirections) {
  constexpr unsigned kFlows = 2 * kBurstFrames;
  const auto send_all = [&] {
    for (unsigned n = 0; n < kFlows; ++n) {
      rig->inject(kOutside, QueueId{0}, datagram(n));
      if (n % kBurstFrames == kBurstFrames - 1) rig->turn();
      EXPECT_TRUE(rig->worker(0).tables().conns<V4>().settled());
    }
  };
  send_all();
  for (int round = 1; round <= 3; ++round) {
    rig->advance(2'001);  // udp_unreplied
    send_all();
    EXPECT_EQ(counter("connections"), kFlows);
    EXPECT_EQ(counter("connections_opened"), kFlows * (round + 1));
    auto& table = rig->worker(0).tables().conns<V4>();
    table.scan(0, table.high_water(), [&](Connection<V4>* conn) {
      EXPECT_EQ(table.lookup(conn->key(Direction::to_client)).conn, conn);
    });
  }
}

TEST_F(WorkerTest, AFullTransmitQueueIsACountedLoss) {
  rig->port(kInside).set_tx_capacity(QueueId{0}, 10);
  for (unsigned n = 1; n <= 30; ++n) rig->inject(kOutside, QueueId{0}, datagram(n));
  rig->turn();
  EXPECT_EQ(rig->sent(kInside, QueueId{0}).size(), 10U);
  EXPECT_EQ(counter("tx_packets"), 10);
  EXPECT_EQ(counter("tx_bytes"), 10 * 42);
  EXPECT_EQ(counter("drop.tx_full"), 20);
}

Bytes of_type(std::uint8_t high, std::uint8_t low) {
  Bytes frame(60);
  frame[12] = high;
  frame[13] = low;
  return frame;
}

TEST_F(WorkerTest, FullPuntRingsAreCountedLosses) {
  const Bytes arp = of_type(0x08, 0x06);
  const Bytes junk = of_type(0x88, 0xb5);                  // for experiments
  constexpr unsigned kControl = kPuntControlRingSize - 1;  // a ring holds one less than its size
  constexpr unsigned kRest = kPuntRestRingSize - 1;
  for (unsigned n = 0; n < kRest + 100; ++n) rig->inject(kOutside, QueueId{0}, junk);
  rig->turn((kRest + 100) / kBurstFrames + 1);
  EXPECT_EQ(counter("punts"), kRest);
  EXPECT_EQ(counter("drop.punt_full"), 100);
  EXPECT_EQ(counter("drop.punt_control_full"), 0);
  // The other ring of the port, and both of the other port, are as free as before.
  for (unsigned n = 0; n < kControl + 7; ++n) rig->inject(kOutside, QueueId{0}, arp);
  rig->inject(kInside, QueueId{0}, arp);
  rig->inject(kInside, QueueId{0}, junk);
  rig->turn((kControl + 7) / kBurstFrames + 1);
  EXPECT_EQ(counter("punts"), kRest + kControl + 2);
  EXPECT_EQ(counter("drop.punt_full"), 100);
  EXPECT_EQ(counter("drop.punt_control_full"), 7);
  EXPECT_EQ(rig->worker(0).punt_losses(kOutside).rest.get(), 100U);
  EXPECT_EQ(rig->worker(0).punt_losses(kOutside).control.get(), 7U);
  EXPECT_EQ(rig->worker(0).punt_losses(kInside).rest.get(), 0U);
  EXPECT_EQ(rig->punted().size(), kRest + kControl + 2U);
}

/// Pings and SYNs are what anybody may send: they take no room of ARP, of a session, of an error about a path
/// MTU.
TEST_F(WorkerTest, AFloodOfRequestsLeavesTheOtherPuntRingsFree) {
  const Bytes ping = test::Packet().eth(kOutsideMac).ipv4("192.0.2.1", "10.10.0.1").icmp(8).build();
  const Bytes syn = test::Packet()
                        .eth(kOutsideMac)
                        .ipv4("192.0.2.1", "10.10.0.1")
                        .tcp(40000, 22, {.flags = TcpHdr::kSyn})
                        .build();
  const Bytes session = test::Packet()
                            .eth(kOutsideMac)
                            .ipv4("192.0.2.1", "10.10.0.1")
                            .tcp(179, 40000, {.flags = TcpHdr::kAck})
                            .build();
  constexpr unsigned kRequests = kPuntRequestRingSize - 1;
  for (unsigned n = 0; n < kRequests + 40; ++n) rig->inject(kOutside, QueueId{0}, n % 2 == 0 ? ping : syn);
  rig->turn((kRequests + 40) / kBurstFrames + 1);
  EXPECT_EQ(counter("punts"), kRequests);
  EXPECT_EQ(counter("drop.punt_request_full"), 40);
  for (const Bytes& frame : {session, of_type(0x08, 0x06), of_type(0x88, 0xb5)})
    rig->inject(kOutside, QueueId{0}, frame);
  rig->turn();
  EXPECT_EQ(counter("punts"), kRequests + 3);
  EXPECT_EQ(counter("drop.punt_control_full"), 0);
  EXPECT_EQ(counter("drop.punt_full"), 0);
  EXPECT_EQ(rig->worker(0).punt_losses(kOutside).request.get(), 40U);
  EXPECT_EQ(rig->worker(0).punt_losses(kOutside).control.get(), 0U);
  const std::vector<Punted> punted = rig->punted();
  ASSERT_EQ(punted.size(), kRequests + 3U);
  EXPECT_EQ(punted[0].bytes, of_type(0x08, 0x06)) << "ahead of what came before it";
  EXPECT_EQ(punted[1].bytes, session);
}

TEST_F(WorkerTest, WithoutConfigurationOrRoutesItLeavesFramesWhereTheyAre) {
  rig.reset();
  auto fabric = Fabric::create(1, 1, "bare");
  ASSERT_TRUE(fabric.ok());
  PortInfo info;
  info.mac = kOutsideMac;
  MemoryPort port(info, Rig::pool);
  WorkerSetup setup;
  setup.tables.connections = 16;
  setup.tables.lip_pairs = 16;
  setup.rx = {{&port, QueueId{0}}};
  setup.tx = {{&port, QueueId{0}, WorkerId{0}}};
  setup.port_macs = {kOutsideMac};
  Worker worker(std::move(setup), **fabric);
  ASSERT_TRUE(port.inject(QueueId{0}, datagram(1)));
  EXPECT_FALSE(worker.turn(1000));
  EXPECT_EQ(port.pending(QueueId{0}), 1U);
}

class TwoWorkersTest : public WorkerTest {
 protected:
  TwoWorkersTest() : WorkerTest(2) {}
  static Bytes reply_to(unsigned lip_port) {
    return test::Packet()
        .eth(kInsideMac)
        .ip("10.20.0.21", "10.20.0.10")
        .udp(8080, static_cast<std::uint16_t>(lip_port))
        .build();
  }
};

TEST_F(TwoWorkersTest, AFullHandoffRingIsACountedLoss) {
  constexpr unsigned kTurns = kHandoffRingSize / kBurstFrames + 4;
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    for (unsigned n = 0; n < kBurstFrames; ++n) rig->inject(kInside, QueueId{0}, reply_to(10304));
    rig->turn_one(0);  // worker 1, whose port it is, does nothing meanwhile
  }
  EXPECT_TRUE(rig->box(1).has_mail());
  const std::int64_t room = kHandoffRingSize - 1;  // a ring holds one less than its size
  EXPECT_EQ(counter("handoff_out"), room);
  EXPECT_EQ(counter("drop.handoff_full"), kTurns * kBurstFrames - room);
  rig->turn(kTurns + 1);
  const auto end = rig->counters();
  EXPECT_EQ(end.at("worker1.handoff_in"), end.at("handoff_out"));
  EXPECT_EQ(end.at("worker1.drop.lip_no_connection"), end.at("worker1.handoff_in"));
  EXPECT_FALSE(rig->box(1).has_mail());
}

}  // namespace
}  // namespace hvs::golden
