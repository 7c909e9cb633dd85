// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <algorithm>
#include <set>

#include "net/parse.h"
#include "tests/golden/frame_text.h"
#include "tests/golden/traffic.h"
#include "tests/support/packet_check.h"

// A burst is walked through the stages as one, for speed; that must not be seen from outside. The same
// traffic in bursts and frame by frame, through the same pipeline, must give the same frames and the same
// counters.
namespace hvs::golden {
namespace {

struct Event {
  std::uint32_t advance_ms = 0;
  bool reload = false;  // the same configuration again
  bool fewer = false;   // but for a dest that some services lack
  std::vector<Traffic::Sent> in;
};
struct Outcome {
  std::vector<Bytes> sent[2];  // by port
  std::vector<Bytes> punted;
  std::vector<std::string> asked;
  /// Of all counters: to write their names each time takes longer than the rest.
  std::vector<std::int64_t> counts;
  CounterMap counters;  // the same by name, at the end alone
};
bool is_compared(const CounterName& name) { return !name.back().ends_with("loops"); }

Outcome outcome_of(Rig& rig) {
  Outcome out;
  for (std::uint16_t p = 0; p < 2; ++p) out.sent[p] = rig.sent(PortId{p}, QueueId{0});
  for (Punted& frame : rig.punted()) out.punted.push_back(std::move(frame.bytes));
  out.asked = rig.asked();
  rig.each_counter([&](const CounterName& name, std::int64_t value) {
    if (is_compared(name)) out.counts.push_back(value);
  });
  return out;
}

/// In which order the stages take the frames of a burst: what leaves at classify, then flows by family, then
/// ICMP queries, then fragments and ICMP errors.
unsigned rank(const Traffic::Sent& frame, const World& world) {
  const Parsed p = parse_frame(Reader{frame.bytes.data(), frame.bytes.size()});
  const MacAddr& mac = world.ports[frame.port.index()].mac;
  if (p.kind == Parsed::Kind::other || !std::equal(mac.begin(), mac.end(), frame.bytes.begin())) return 0;
  if (p.kind == Parsed::Kind::icmp_query) return 3;
  if (p.kind != Parsed::Kind::flow) return 4;
  if (p.defect != Parsed::Defect::none) return 0;
  return p.family == Family::ipv4 ? 1 : 2;
}

/// Tables that fill up, and what fills.
struct Room {
  Rig::Sizes sizes;
  unsigned clients;                  // of each service
  std::vector<const char*> reached;  // counters that say so
};
struct Trial {
  unsigned seed;
  const Room* room;
  Scene scene{};
};
void PrintTo(const Trial& trial, std::ostream* out) {
  *out << "seed " << trial.seed << ", " << trial.room->sizes.connections << " connections"
       << (trial.scene.crosses ? ", dests of both families" : "")
       << (trial.scene.modes ? ", every mode" : "");
}

/// Packets of every service, and of every dest that traffic_world() has a route to; but `lc` and `wlc` do
/// with the first dest while there are few connections.
bool is_to_expect(const std::string& counter, const Trial& trial) {
  if (!counter.ends_with(".to_dest.packets")) return false;
  if (counter.starts_with("service.")) return true;
  const bool nowhere =
      counter.find("10.20.0.24") != std::string::npos || counter.find("fd20::24") != std::string::npos;
  return counter.starts_with("dest.") && !nowhere && trial.room->sizes.connections > 100;
}

/// Local ports run out before connections do, but for the surges: then half-open ones make way.
const Room kFewPorts = {
    {400, 64}, 500, {"drop.lip_exhausted", "connections_evicted", "service.web4.to_client.packets"}};
/// So few connections that others have to give way all the time, and fewer bitmaps than pairs of LIP and
/// dest.
const Room kFewConnections = {{12, 6}, 12, {"drop.lip_exhausted", "connections_evicted"}};

/// The same where traffic divides among more services.
const Room kManyKinds = {{400, 64},
                         100,
                         {"service.nat-4.to_client.packets", "service.each-6.to_client.packets",
                          "service.sctp-4.to_client.packets", "icmp_errors_tunnel", "sctp_no_connection",
                          "mss_lowered", "packets_fragmented", "fragments_held"}};
/// Whose connections have many packets.
const Room kFewClients = {{400, 64}, 12, {"tcp_resets_sent", "sctp_aborts_sent"}};
const Room kFewOfManyKinds = {{12, 6}, 12, {"connections_evicted"}};

class BurstTest : public testing::TestWithParam<Trial> {
 protected:
  // Frames of every mode take longer, and have been everywhere sooner.
  static unsigned bursts() { return GetParam().scene.modes ? 1000 : 1500; }

  BurstTest() : world_(World::parse(traffic_world())) {}

  static Config config(bool fewer = false) {
    Scene scene = GetParam().scene;
    scene.fewer = fewer;
    return config_of(traffic_config(scene));
  }
  void begin(Rig& rig, const Event& event) const {
    rig.advance(event.advance_ms);
    if (event.reload) rig.load(config(event.fewer));
    while (rig.turn_one(0)) {  // time passes for both in the same way, and nobody's sweep is behind
    }
  }

  /// Makes the traffic while it flows: replies answer what was sent.
  std::vector<Outcome> run_bursts(Traffic& traffic, std::vector<Event>& events,
                                  void (*at_the_end)(Rig&) = nullptr) {
    Rig rig(config(), world_, GetParam().room->sizes);
    std::vector<Outcome> outcomes;
    for (unsigned b = 0; b < bursts(); ++b) {
      Event event;
      const bool surge = b % 300 > 240;
      traffic.surge(surge);
      event.advance_ms = surge ? 0 : traffic.number(8) == 0 ? traffic.number(1500) : traffic.number(20);
      event.reload = traffic.number(GetParam().scene.parts ? 10 : 100) == 0;
      event.fewer = GetParam().scene.modes && event.reload && traffic.number(2) == 0;
      for (unsigned n = traffic.number(kBurstFrames + 1); n > 0; --n) event.in.push_back(traffic.next());
      begin(rig, event);
      for (const auto& frame : event.in) rig.inject(frame.port, QueueId{0}, frame.bytes);
      rig.turn();
      outcomes.push_back(outcome_of(rig));
      for (std::uint16_t p = 0; p < 2; ++p) {
        for (const Bytes& bytes : outcomes.back().sent[p]) traffic.learn({PortId{p}, bytes});
      }
      events.push_back(std::move(event));
    }
    if (at_the_end != nullptr) {
      at_the_end(rig);
      outcomes.push_back(outcome_of(rig));
    }
    outcomes.back().counters = rig.counters();
    return outcomes;
  }

  void expect_the_same_one_by_one(const std::vector<Event>& events, const std::vector<Outcome>& bursts) {
    Rig rig(config(), world_, GetParam().room->sizes);
    ASSERT_EQ(bursts.size(), events.size());
    for (std::size_t b = 0; b < events.size(); ++b) {
      begin(rig, events[b]);
      std::vector<Traffic::Sent> in = events[b].in;
      std::stable_sort(in.begin(), in.end(), [&](const auto& x, const auto& y) {
        return std::pair{x.port.value, rank(x, world_)} < std::pair{y.port.value, rank(y, world_)};
      });
      for (const auto& frame : in) {
        rig.inject(frame.port, QueueId{0}, frame.bytes);
        rig.turn();
      }
      SCOPED_TRACE("burst " + std::to_string(b));
      ASSERT_NO_FATAL_FAILURE(compare(bursts[b], outcome_of(rig), rig));
    }
  }

  static void compare(const Outcome& burst, const Outcome& single, const Rig& rig) {
    ASSERT_NO_FATAL_FAILURE(compare(burst.sent[0], single.sent[0], "outside"));
    ASSERT_NO_FATAL_FAILURE(compare(burst.sent[1], single.sent[1], "inside"));
    ASSERT_NO_FATAL_FAILURE(compare(burst.punted, single.punted, "punted"));
    ASSERT_EQ(burst.asked, single.asked);
    ASSERT_EQ(burst.counts.size(), single.counts.size());
    if (burst.counts == single.counts) return;
    auto one = burst.counts.begin();
    auto other = single.counts.begin();
    rig.each_counter([&](const CounterName& name, std::int64_t) {
      if (is_compared(name)) EXPECT_EQ(*one++, *other++) << text_of(name);
    });
    FAIL() << "the counters differ";
  }

  static void compare(const std::vector<Bytes>& bursts, const std::vector<Bytes>& single, const char* where) {
    ASSERT_EQ(bursts.size(), single.size()) << where;
    for (std::size_t i = 0; i < bursts.size(); ++i)
      ASSERT_EQ(difference(bursts[i], single[i]), "") << where << ", frame " << i;
  }

  /// All that came has gone somewhere, undamaged. `available`: packet buffers before the run.
  static void check_frames(const std::vector<Outcome>& outcomes, unsigned available) {
    for (const Outcome& outcome : outcomes) {
      for (const auto& sent : outcome.sent) {
        for (const Bytes& frame : sent) ASSERT_EQ(test::wrong_checksum(frame), "") << describe(frame);
      }
    }
    CounterMap c = outcomes.back().counters;
    std::int64_t gone = c["tx_packets"] + c["punts"] + c["icmp_errors_tunnel"];
    for (const auto& [name, value] : c) {
      if (name.starts_with("drop.")) gone += value;
    }
    // What is cut is cut in two: frames are short enough.
    const std::int64_t came = c["rx_packets"] + c["icmp_errors_sent"] + c["tcp_resets_sent"] +
                              c["sctp_aborts_sent"] + c["packets_fragmented"];
    EXPECT_GE(came, gone);
    EXPECT_LE(came - gone, c["neigh_waits"]);  // the rest waited for a neighbour at the end
    EXPECT_LE(came - gone, 5 * 64);
    EXPECT_EQ(rte_mempool_avail_count(Rig::pool), available) << "packet buffers were lost";
  }

  World world_;
};

TEST_P(BurstTest, IsTheSameAsOneFrameAtATime) {
  Traffic traffic(GetParam().seed, GetParam().room->clients, true, GetParam().scene.modes);
  std::vector<Event> events;
  const auto bursts = run_bursts(traffic, events);
  ASSERT_NO_FATAL_FAILURE(expect_the_same_one_by_one(events, bursts));
  // The traffic is worth something only when it went everywhere.
  for (const char* name :
       {"connections_opened", "connections_expired", "punts", "icmp_errors_sent", "icmp_errors_relayed",
        "neigh_waits", "tcp_no_connection", "drop.lip_no_connection", "icmp_no_connection",
        "drop.malformed_l4", "drop.malformed_icmp", "drop.ttl_exceeded", "drop.mtu_exceeded", "drop.no_route",
        "drop.route_not_ours", "drop.neigh_unresolved", "drop.neigh_queue_full",
        "service.dns6.to_client.packets", "service.office.to_client.packets"}) {
    EXPECT_GT(bursts.back().counters.at(name), 0) << name;
  }
  for (const char* name : GetParam().room->reached) EXPECT_GT(bursts.back().counters.at(name), 0) << name;
  for (const auto& [name, value] : bursts.back().counters) {
    if (is_to_expect(name, GetParam())) EXPECT_GT(value, 0) << name;
  }
}

TEST_P(BurstTest, NoFrameIsLostWithoutACounterAndNoneIsDamaged) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  Traffic traffic(GetParam().seed + 100, GetParam().room->clients, false, GetParam().scene.modes);
  std::vector<Event> events;
  const auto outcomes = run_bursts(traffic, events);
  check_frames(outcomes, available);
}

INSTANTIATE_TEST_SUITE_P(FewPorts, BurstTest,
                         testing::Values(Trial{1, &kFewPorts}, Trial{2, &kFewPorts}, Trial{3, &kFewPorts}));
INSTANTIATE_TEST_SUITE_P(FewConnections, BurstTest,
                         testing::Values(Trial{4, &kFewConnections}, Trial{5, &kFewConnections},
                                         Trial{6, &kFewConnections}));

INSTANTIATE_TEST_SUITE_P(BothFamilies, BurstTest,
                         testing::Values(Trial{7, &kFewPorts, {.crosses = true}},
                                         Trial{8, &kFewPorts, {.crosses = true}},
                                         Trial{9, &kFewConnections, {.crosses = true}}));

INSTANTIATE_TEST_SUITE_P(EveryMode, BurstTest,
                         testing::Values(Trial{10, &kManyKinds, {.modes = true}},
                                         Trial{11, &kManyKinds, {.crosses = true, .modes = true}},
                                         Trial{12, &kFewOfManyKinds, {.modes = true}}));

/// Connections that end with their dest. Such frames leave a burst ahead of the others, so that in turn it is
/// another story; but nothing is lost, and nobody is left behind.
class PartingTest : public BurstTest {};

TEST_P(PartingTest, NothingIsLeftOfConnectionsThatEndWithTheirDest) {
  const unsigned available = rte_mempool_avail_count(Rig::pool);
  Traffic traffic(GetParam().seed, GetParam().room->clients, false, true);
  std::vector<Event> events;
  const auto outcomes = run_bursts(traffic, events, [](Rig& rig) {
    for (unsigned n = 0; n < 40; ++n) {
      rig.advance(100'000);
      rig.turn(4);
    }
  });
  check_frames(outcomes, available);
  for (const auto& [name, value] : outcomes.back().counters) {
    if (name == "connections" || name.ends_with(".active")) EXPECT_EQ(value, 0) << name;
  }
  for (const char* name : {"connections_dest_removed", "drop.dest_removed"})
    EXPECT_GT(outcomes.back().counters.at(name), 0) << name;
  for (const char* name : GetParam().room->reached) EXPECT_GT(outcomes.back().counters.at(name), 0) << name;
}

INSTANTIATE_TEST_SUITE_P(
    EveryMode, PartingTest,
    testing::Values(Trial{13, &kFewClients, {.modes = true, .parts = true}},
                    Trial{14, &kFewClients, {.crosses = true, .modes = true, .parts = true}},
                    Trial{15, &kFewOfManyKinds, {.modes = true, .parts = true}}));

}  // namespace
}  // namespace hvs::golden
