// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/schedule/open_connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"

namespace hvs {
namespace {

constexpr std::uint32_t kIdleMs = 60'000;

template <typename F>
typename F::Addr addr(const char* v4, const char* v6) {
  return F::from(*IpAddr::parse(F::family == Family::ipv4 ? v4 : v6));
}

template <typename F>
FlowKey<F> flow(std::uint16_t port, IpProto protocol) {
  return {addr<F>("192.0.2.1", "2001:db8::1"), addr<F>("10.10.0.100", "fd10::100"), Be16{port}.raw(),
          Be16{std::uint16_t{80}}.raw(), static_cast<std::uint8_t>(protocol)};
}

template <typename F>
class OpenConnection : public testing::Test {
 protected:
  OpenConnection() {
    const bool v4 = F::family == Family::ipv4;
    for (const char* text : {"10.20.0.10", "10.20.0.11", "fd20::10", "fd20::11"}) {
      const IpAddr lip = *IpAddr::parse(text);
      (lip.is_v4() ? pool->v4 : pool->v6).push_back(lip);
    }
    pool->port_low = L4Port{20000};
    pool->port_high = L4Port{20003};
    service.slot = ServiceSlot{5};
    service.incarnation = 1;
    service.vip = *IpAddr::parse(v4 ? "10.10.0.100" : "fd10::100");
    service.lips = pool;
    service.idle = idle_limits(Timeouts{});
    service.dests = {{DestSlot{7}, *IpAddr::parse(v4 ? "10.20.0.21" : "fd20::21"), L4Port{8080}, 1}};
    service.weight_max = service.weight_gcd = 1;
  }
  Opened<F> open(std::uint16_t port, IpProto protocol = IpProto::tcp) {
    service.protocol = static_cast<L4Proto>(protocol);
    const FlowKey<F> key = flow<F>(port, protocol);
    const auto opened =
        open_connection<F>(tables, scheduler, service, key, tables.conns<F>().hash(key), 5000);
    tables.conns<F>().settle([](Connection<F>*) { FAIL() << "buckets full"; });
    return opened;
  }

  std::shared_ptr<LipPool> pool = std::make_shared<LipPool>();
  Service service;
  SchedulerState scheduler;
  WorkerTables tables{WorkerId{0}, 1, {10, 16}, {}};
};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(OpenConnection, Families);

TYPED_TEST(OpenConnection, FillsInBothSidesAndCounts) {
  const auto opened = this->open(1111);
  ASSERT_NE(opened.conn, nullptr);
  const ConnView view = view_of(*opened.conn, WorkerId{0}, 5100);
  EXPECT_EQ(view.client_port.value, 1111);
  EXPECT_EQ(view.vip, this->service.vip);
  EXPECT_EQ(view.dest, this->service.dests[0].addr);
  EXPECT_EQ(view.dest_port.value, 8080);
  EXPECT_EQ(view.lip_port.value, 20000);
  EXPECT_EQ(view.service, ServiceSlot{5});
  EXPECT_EQ(view.dest_slot, DestSlot{7});
  EXPECT_EQ(view.idle_ms, 100U);
  EXPECT_EQ(view.expires_ms, 2900U);  // not yet in syn_sent
  EXPECT_EQ(this->tables.counters().connections_opened.get(), 1U);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).active.get(), 1U);
  EXPECT_EQ(this->tables.dest(DestSlot{7}).active.get(), 1U);
  for (const Direction d : {Direction::to_dest, Direction::to_client}) {
    EXPECT_EQ(this->tables.template conns<TypeParam>().lookup(opened.conn->key(d)).conn, opened.conn);
  }
  this->tables.close(opened.conn);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).active.get(), 0U);
  EXPECT_EQ(this->tables.dest(DestSlot{7}).active.get(), 0U);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).connections.get(), 1U);
  EXPECT_EQ(this->tables.connections(), 0U);
}

TYPED_TEST(OpenConnection, OnlyModesWithLocalPortsShowALocalAddress) {
  using enum ForwardingMode;
  std::uint16_t port = 1111;
  for (const ForwardingMode mode : {fullnat, nat, dr}) {
    this->service.dests[0].mode = mode;
    const auto opened = this->open(port++);
    ASSERT_NE(opened.conn, nullptr);
    const ConnView view = view_of(*opened.conn, WorkerId{0}, 5000);
    EXPECT_EQ(view.mode, mode);
    EXPECT_EQ(view.lip.has_value(), mode == fullnat) << name_of(mode);
    EXPECT_EQ(view.lip_port.value != 0, mode == fullnat) << name_of(mode);
  }
}

TYPED_TEST(OpenConnection, UdpWaitsForAReplyOnly30Seconds) {
  const auto opened = this->open(1111, IpProto::udp);
  ASSERT_NE(opened.conn, nullptr);
  EXPECT_EQ(opened.conn->idle_limit_ms, 30'000U);
}

TYPED_TEST(OpenConnection, LipsTakeTurnsInRunsAndComeOutEven) {
  constexpr std::uint64_t kRun = 1024;
  for (unsigned i = 12; i < 15; ++i) {
    this->pool->v4.push_back(*IpAddr::parse("10.20.0." + std::to_string(i)));
    this->pool->v6.push_back(*IpAddr::parse("fd20::" + std::to_string(i)));
  }
  const auto lip_of = [&](std::uint64_t opened_before) {
    this->scheduler.opened = opened_before;
    const auto opened = this->open(1111);
    HVS_CHECK(opened.conn != nullptr);
    const std::string lip = view_of(*opened.conn, WorkerId{0}, 5000).lip.value().text();
    this->tables.close(opened.conn);
    return lip;
  };
  std::map<std::string, unsigned> runs;
  for (std::uint64_t run = 0; run < 500; ++run) {
    const std::string lip = lip_of(run * kRun);
    ++runs[lip];
    EXPECT_EQ(lip_of(run * kRun + kRun - 1), lip) << "run " << run;
  }
  ASSERT_EQ(runs.size(), 5U);
  for (const auto& [lip, count] : runs) EXPECT_NEAR(count, 100, 3) << lip;
}

TYPED_TEST(OpenConnection, UsesEveryPortOfEveryLipThenRefuses) {
  std::set<std::string> used;
  for (std::uint16_t port = 1; port <= 8; ++port) {
    const auto opened = this->open(port);
    ASSERT_NE(opened.conn, nullptr) << port;
    const ConnView view = view_of(*opened.conn, WorkerId{0}, 5000);
    EXPECT_TRUE(used.insert(view.lip.value().text(view.lip_port.value)).second);
  }
  EXPECT_EQ(used.size(), 8U);
  const auto refused = this->open(9);
  EXPECT_EQ(refused.conn, nullptr);
  EXPECT_EQ(refused.reason, Drop::lip_exhausted);
  EXPECT_EQ(this->tables.connections(), 8U);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).connections.get(), 8U);
  EXPECT_NE(this->open(9, IpProto::udp).conn, nullptr);  // ports are counted per protocol
}

TYPED_TEST(OpenConnection, SaysThatTheTableIsFull) {
  for (std::uint16_t port = 1; port <= 8; ++port) {
    const auto opened = this->open(port);
    ASSERT_NE(opened.conn, nullptr);
    this->tables.change_state(*opened.conn, TcpState::established, kIdleMs);
  }
  for (std::uint16_t port = 9; port <= 10; ++port) {
    const auto opened = this->open(port, IpProto::udp);
    ASSERT_NE(opened.conn, nullptr);
    opened.conn->assured = true;
  }
  const auto refused = this->open(11, IpProto::udp);
  EXPECT_EQ(refused.conn, nullptr);
  EXPECT_EQ(refused.reason, Drop::conn_table_full);
  EXPECT_FALSE(refused.evicted);
  EXPECT_EQ(this->tables.counters().connections_evicted.get(), 0U);
}

TYPED_TEST(OpenConnection, AHalfOpenOneMakesWayWhenTheTableIsFull) {
  for (std::uint16_t port = 1; port <= 8; ++port) {
    const auto opened = this->open(port);
    ASSERT_NE(opened.conn, nullptr);
    EXPECT_FALSE(opened.evicted);
    this->tables.change_state(*opened.conn, port == 5 ? TcpState::syn_recv : TcpState::established, kIdleMs);
  }
  for (std::uint16_t port = 9; port <= 10; ++port) this->open(port, IpProto::udp).conn->assured = true;
  auto& table = this->tables.template conns<TypeParam>();
  ASSERT_NE(table.lookup(flow<TypeParam>(5, IpProto::tcp)).conn, nullptr);
  const auto opened = this->open(11, IpProto::udp);
  ASSERT_NE(opened.conn, nullptr);
  EXPECT_TRUE(opened.evicted);
  EXPECT_EQ(this->tables.counters().connections_evicted.get(), 1U);
  EXPECT_EQ(this->tables.connections(), 10U);
  EXPECT_EQ(table.lookup(flow<TypeParam>(5, IpProto::tcp)).conn, nullptr);
  EXPECT_EQ(table.lookup(flow<TypeParam>(11, IpProto::udp)).conn, opened.conn);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).active.get(), 10U);
  EXPECT_EQ(this->tables.service(ServiceSlot{5}).connections.get(), 11U);
}

TYPED_TEST(OpenConnection, KeepsNothingOfWhatItRefuses) {
  this->service.dests[0].mode = ForwardingMode::nat;
  const auto first = this->open(1);
  ASSERT_NE(first.conn, nullptr);
  this->tables.change_state(*first.conn, TcpState::established, kIdleMs);
  const auto again = this->open(1);  // its key is taken
  EXPECT_EQ(again.reason, Drop::tuple_taken);
  EXPECT_EQ(this->tables.connections(), 1U);
  EXPECT_EQ(this->tables.counters().connections_opened.get(), 1U);
  for (std::uint16_t port = 2; port <= 8; ++port) ASSERT_NE(this->open(port).conn, nullptr);
  this->service.weight_max = 0;
  EXPECT_EQ(this->open(9).reason, Drop::no_dest);
  EXPECT_EQ(this->tables.connections(), 8U);
}

TYPED_TEST(OpenConnection, WithoutALipOfTheFamilyNothingOpens) {
  (TypeParam::family == Family::ipv4 ? this->pool->v4 : this->pool->v6).clear();
  EXPECT_EQ(this->open(1).reason, Drop::lip_exhausted);
  EXPECT_EQ(this->tables.connections(), 0U);
}

/// What schedulers see of the dest.
TYPED_TEST(OpenConnection, CountsActiveConnectionsAsTheStateChanges) {
  const DestLoad load = this->tables.shared().loads[DestSlot{7}];
  const auto expect = [&](std::uint32_t total, std::uint32_t active) {
    EXPECT_EQ(load.counts().total, total);
    EXPECT_EQ(load.active(), active);
    EXPECT_EQ(this->tables.dest(DestSlot{7}).busy.get(), active);
    EXPECT_EQ(this->tables.service(ServiceSlot{5}).busy.get(), active);
  };
  Connection<TypeParam>* tcp = this->open(1).conn;
  ASSERT_NE(tcp, nullptr);
  expect(1, 1);
  for (const TcpState state : {TcpState::syn_sent, TcpState::syn_recv, TcpState::established}) {
    this->tables.change_state(*tcp, state, kIdleMs);
    expect(1, 1);
  }
  Connection<TypeParam>* udp = this->open(2, IpProto::udp).conn;
  ASSERT_NE(udp, nullptr);
  expect(2, 2);
  this->tables.change_state(*tcp, TcpState::fin_wait, kIdleMs);
  expect(2, 1);
  this->tables.close(udp);
  expect(1, 0);
  this->tables.close(tcp);
  expect(0, 0);
}

TYPED_TEST(OpenConnection, AnSctpAssociationIsActiveWhileEstablished) {
  const DestLoad load = this->tables.shared().loads[DestSlot{7}];
  Connection<TypeParam>* sctp = this->open(1, IpProto::sctp).conn;
  ASSERT_NE(sctp, nullptr);
  EXPECT_EQ(load.active(), 0U);
  for (const TcpState state : {TcpState::syn_sent, TcpState::syn_recv}) {
    this->tables.change_state(*sctp, state, kIdleMs);
    EXPECT_EQ(load.active(), 0U);
  }
  this->tables.change_state(*sctp, TcpState::established, kIdleMs);
  EXPECT_EQ(load.active(), 1U);
  this->tables.change_state(*sctp, TcpState::close, kIdleMs);
  EXPECT_EQ(load.active(), 0U);
  EXPECT_EQ(load.counts().total, 1U);
  this->tables.close(sctp);
  EXPECT_EQ(load.counts().total, 0U);
}

TYPED_TEST(OpenConnection, AFullDestTakesNoneUntilItIsBelowMinConn) {
  this->service.dests[0].limits = ConnLimits::of(3, 2);
  std::vector<Connection<TypeParam>*> held;
  for (std::uint16_t port = 1; port <= 3; ++port) held.push_back(this->open(port).conn);
  ASSERT_EQ(std::count(held.begin(), held.end(), nullptr), 0);
  EXPECT_EQ(this->open(4).reason, Drop::no_dest);
  this->tables.close(held[0]);
  EXPECT_EQ(this->open(4).reason, Drop::no_dest) << "two are not below two";
  this->tables.close(held[1]);
  EXPECT_NE(this->open(4).conn, nullptr);
  EXPECT_EQ(this->tables.shared().loads[DestSlot{7}].counts().total, 2U);
}

TYPED_TEST(OpenConnection, WhatDoesNotOpenFillsNobody) {
  this->service.dests[0].limits = ConnLimits::of(2, 1);
  this->service.dests[0].mode = ForwardingMode::nat;
  const auto first = this->open(1);
  ASSERT_NE(first.conn, nullptr);
  this->tables.change_state(*first.conn, TcpState::established, kIdleMs);
  EXPECT_EQ(this->open(1).reason, Drop::tuple_taken);
  EXPECT_EQ(this->tables.shared().loads[DestSlot{7}].counts().total, 1U);
  EXPECT_NE(this->open(2).conn, nullptr) << "the dest was never full";
  EXPECT_EQ(this->open(3).reason, Drop::no_dest);
}

}  // namespace
}  // namespace hvs
