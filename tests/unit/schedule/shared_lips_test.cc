// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>

#include "dataplane/schedule/open_connection.h"

// Services of few ports, services of many and rules of mode snat over the same LIP, as reloads leave them:
// each takes local ports from bitmaps of its own, and the dest must see each port once.
namespace hvs {
namespace {

constexpr std::uint16_t kDestPort = 8080;

template <typename F>
typename F::Addr addr(const char* v4, const char* v6) {
  return F::from(*IpAddr::parse(F::family == Family::ipv4 ? v4 : v6));
}

std::uint16_t raw(std::uint16_t port) { return Be16{port}.raw(); }

template <typename F>
class SharedLips : public testing::Test {
 protected:
  SharedLips() {
    for (const char* text : {"10.20.0.10", "fd20::10"}) {
      const IpAddr lip = *IpAddr::parse(text);
      (lip.is_v4() ? pool->v4 : pool->v6).push_back(lip);
    }
    pool->port_low = L4Port{20000};
    pool->port_high = L4Port{20063};
    few = service(1, ForwardingMode::fullnat, kDestPort);
    many = service(2, ForwardingMode::fullnat, 0);
    many.dests.front().shares_ports = true;
    rule = service(3, ForwardingMode::snat, 0);
  }
  Service service(std::uint16_t slot, ForwardingMode mode, std::uint16_t dest_port) {
    Service out;
    out.slot = ServiceSlot{slot};
    out.incarnation = 1;
    out.mode = mode;
    out.lips = pool;
    out.idle = idle_limits(Timeouts{});
    out.dests = {{DestSlot{slot}, dest, L4Port{dest_port}, 1, mode, {}}};
    out.weight_max = out.weight_gcd = 1;
    return out;
  }
  Opened<F> open(const Service& to, std::uint16_t client, std::uint16_t port = kDestPort) {
    FlowKey<F> key{addr<F>("192.0.2.1", "2001:db8::1"), addr<F>("10.10.0.100", "fd10::100"), raw(client),
                   raw(to.slot == few.slot ? 80 : port), 6};
    key.dst = to.mode == ForwardingMode::snat ? F::from(dest) : key.dst;
    key.protocol = static_cast<std::uint8_t>(IpProto::tcp);
    const auto hash = table.hash(key);
    return to.mode == ForwardingMode::snat ? open_snat<F>(tables, to, key, hash, now)
                                           : open_connection<F>(tables, scheduler, to, key, hash, now);
  }
  /// Whether a port of the LIP may be in use by another bitmap.
  bool may_clash() {
    LipPorts::Allocation taken;
    const LipPorts::PairKey pair{pool->of(F::family).front(), dest, L4Port{7}, 6};
    EXPECT_TRUE(tables.lip_ports().take_port(pair, pool->port_low, pool->port_high, taken));
    tables.lip_ports().free_port(taken.pool, taken.port);
    return taken.may_clash;
  }
  void settle() {
    table.settle([](Connection<F>*) { FAIL() << "buckets full"; });
  }

  const IpAddr dest = *IpAddr::parse(F::family == Family::ipv4 ? "10.20.0.21" : "fd20::21");
  std::shared_ptr<LipPool> pool = std::make_shared<LipPool>();
  Service few, many, rule;
  SchedulerState scheduler;
  std::uint32_t now = 5000;
  WorkerTables tables{WorkerId{0}, 1, {4096, 48}, {}};
  ConnTable<F>& table = tables.conns<F>();
};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(SharedLips, Families);

TYPED_TEST(SharedLips, AScanOfAServiceOnManyPortsLeavesBitmapsForOthers) {
  unsigned opened = 0;
  for (std::uint16_t port = 1; port <= 500; ++port) {
    if (this->open(this->many, 1, port).conn != nullptr) ++opened;
    if (port % 16 == 0) this->settle();
  }
  EXPECT_EQ(opened, 500U);
  EXPECT_EQ(this->tables.lip_ports().pairs(), kDestGroups);
  EXPECT_NE(this->open(this->few, 2).conn, nullptr);
  EXPECT_NE(this->open(this->rule, 3).conn, nullptr);
  EXPECT_EQ(this->tables.lip_ports().pairs(), kDestGroups + 2);
}

TYPED_TEST(SharedLips, ALipThatWasARulesBeforeGivesNoPortTwice) {
  auto* old = this->open(this->rule, 1).conn;
  ASSERT_NE(old, nullptr);
  auto* fresh = this->open(this->few, 2).conn;
  ASSERT_NE(fresh, nullptr);
  this->settle();
  EXPECT_NE(old->lip_port, fresh->lip_port);
  EXPECT_EQ(this->table.lookup(old->key(Direction::to_client)).conn, old);
  EXPECT_EQ(this->table.lookup(fresh->key(Direction::to_client)).conn, fresh);
}

TYPED_TEST(SharedLips, WhatIsRememberedOfADestGivesNoPortTwice) {
  this->tables.begin(this->now, 1);
  auto* first = this->open(this->few, 1).conn;
  auto* other = this->open(this->many, 2).conn;
  auto* second = this->open(this->few, 3).conn;
  ASSERT_TRUE(first != nullptr && other != nullptr && second != nullptr);
  this->settle();
  EXPECT_NE(first->lip_port, other->lip_port);
  EXPECT_NE(second->lip_port, other->lip_port);
  for (auto* conn : {first, other, second})
    EXPECT_EQ(this->table.lookup(conn->key(Direction::to_client)).conn, conn);
}

TYPED_TEST(SharedLips, OneOfTheSameBurstCountsToo) {
  auto* first = this->open(this->few, 1).conn;
  ASSERT_NE(first, nullptr);
  ASSERT_FALSE(this->table.settled());
  for (const Service* next : {&this->rule, &this->many}) {
    auto* other = this->open(*next, 2).conn;
    ASSERT_NE(other, nullptr);
    EXPECT_NE(first->lip_port, other->lip_port);
  }
}

TYPED_TEST(SharedLips, ARulesOwnConnectionsAreEnteredTogether) {
  auto* one = this->open(this->rule, 1).conn;
  auto* two = this->open(this->rule, 2).conn;
  ASSERT_TRUE(one != nullptr && two != nullptr);
  EXPECT_NE(one->lip_port, two->lip_port);
  EXPECT_FALSE(this->table.settled());
  for (auto* conn : {one, two}) EXPECT_EQ(this->table.lookup(conn->key(Direction::to_dest)).conn, conn);
  this->settle();
  for (auto* conn : {one, two}) EXPECT_EQ(this->table.lookup(conn->key(Direction::to_client)).conn, conn);
}

TYPED_TEST(SharedLips, APortWhoseConnectionIsOverIsFree) {
  this->pool->port_high = this->pool->port_low;
  auto* old = this->open(this->rule, 1).conn;
  ASSERT_NE(old, nullptr);
  EXPECT_EQ(this->open(this->few, 2).reason, Drop::lip_exhausted);
  EXPECT_EQ(this->tables.connections(), 1U);
  this->now += old->idle_limit_ms + 1;
  const auto opened = this->open(this->few, 2);
  ASSERT_NE(opened.conn, nullptr);
  EXPECT_TRUE(opened.evicted) << "pointers to the old one are stale";
  EXPECT_EQ(this->tables.connections(), 1U);
  EXPECT_EQ(this->tables.counters().connections_expired.get(), 1U);
}

TYPED_TEST(SharedLips, NothingIsLookedUpWhileNoSharedBitmapIsInUse) {
  ASSERT_NE(this->open(this->few, 1).conn, nullptr);
  EXPECT_FALSE(this->may_clash());
  for (const Service* shared : {&this->many, &this->rule}) {
    auto* conn = this->open(*shared, 2).conn;
    ASSERT_NE(conn, nullptr);
    EXPECT_TRUE(this->may_clash());
    this->tables.close(conn);
    EXPECT_FALSE(this->may_clash());
  }
}

TYPED_TEST(SharedLips, EachPortIsSeenOnceWhoeverTakesIt) {
  std::mt19937 rng(7);
  std::map<std::uint16_t, Connection<TypeParam>*> live;  // by local port
  std::deque<std::uint16_t> order;
  unsigned refused = 0;
  for (unsigned n = 0; n < 20'000; ++n) {
    const Service* const whose[] = {&this->few, &this->many, &this->rule};
    const auto opened = this->open(*whose[rng() % 3], static_cast<std::uint16_t>(1 + n));
    if (rng() % 4 == 0) this->settle();
    if (opened.conn == nullptr) {
      ++refused;
      EXPECT_EQ(opened.reason, Drop::lip_exhausted);
    } else {
      const std::uint16_t port = opened.conn->lip_port;
      ASSERT_TRUE(live.emplace(port, opened.conn).second) << port;
      order.push_back(port);
    }
    while (order.size() > 24 + rng() % 8) {
      const std::size_t at = rng() % order.size();
      const std::uint16_t port = order[at];
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(at));
      this->tables.close(live.at(port));
      live.erase(port);
    }
  }
  this->settle();
  for (const auto& [port, conn] : live)
    EXPECT_EQ(this->table.lookup(conn->key(Direction::to_client)).conn, conn) << port;
  EXPECT_LT(refused, 200U);
}

/// IPv6 clients of an IPv4 dest are in the other table.
TEST(SharedLipsAcross, EachPortIsSeenOnceByADestOfBothFamiliesClients) {
  struct Lab : SharedLips<V4> {
    void TestBody() override {}
    using SharedLips::few, SharedLips::many, SharedLips::rule, SharedLips::open, SharedLips::tables,
        SharedLips::scheduler, SharedLips::may_clash;
  } lab;
  std::map<std::uint16_t, std::string> live;
  const auto note = [&](const char* who, std::uint16_t port) {
    EXPECT_TRUE(live.emplace(port, who).second) << who << ", and " << live[port];
  };
  for (std::uint16_t n = 1; n <= 6; ++n) {
    const FlowKey<V6> key{V6::from(*IpAddr::parse("2001:db8::1")), V6::from(*IpAddr::parse("fd10::100")),
                          raw(n), raw(kDestPort), static_cast<std::uint8_t>(IpProto::tcp)};
    const Service& across = n % 2 == 0 ? lab.many : lab.few;
    const auto six =
        open_connection<V6>(lab.tables, lab.scheduler, across, key, lab.tables.conns<V6>().hash(key), 5000);
    ASSERT_NE(six.conn, nullptr) << n;
    note("IPv6 client", six.conn->lip_port);
    for (const Service* whose : {&lab.few, &lab.many, &lab.rule}) {
      const auto four = lab.open(*whose, static_cast<std::uint16_t>(100 * whose->slot.value + n));
      ASSERT_NE(four.conn, nullptr) << n;
      note("IPv4 client", four.conn->lip_port);
    }
  }
  lab.tables.conns<V6>().scan(0, 100, [&](Connection<V6>* conn) { lab.tables.close(conn); });
  EXPECT_EQ(lab.tables.crossing(), 0U);
  EXPECT_TRUE(lab.may_clash());
  lab.tables.conns<V4>().settle([](Connection<V4>*) { FAIL() << "buckets full"; });
  lab.tables.conns<V4>().scan(0, 100, [&](Connection<V4>* conn) { lab.tables.close(conn); });
  EXPECT_FALSE(lab.may_clash());
}

}  // namespace
}  // namespace hvs
