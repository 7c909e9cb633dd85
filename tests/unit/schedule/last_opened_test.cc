// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/last_opened.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/schedule/open_connection.h"
#include "tests/support/port_owners.h"

// A worker that remembers as what connections to a dest began opens the same ones as a worker that does not.
namespace hvs {
namespace {

constexpr unsigned kDests = 3;  // of a service

/// What services name, once as it is: a new one for each configuration.
struct Config {
  std::vector<Service> services;
  std::uint64_t generation = 0;
};

IpAddr address(Family family, const std::string& v4, const std::string& v6) {
  return *IpAddr::parse(family == Family::ipv4 ? v4 : v6);
}

Config config_of(std::uint64_t generation, Family family, bool was_vip, std::mt19937& random) {
  const auto any = [&](unsigned below) { return static_cast<std::uint16_t>(random() % below); };
  Config config{{}, generation};
  auto pool = std::make_shared<LipPool>();
  for (unsigned i = 0; i < 1U + any(3); ++i) {
    pool->v4.push_back(*IpAddr::parse("10.20.0.1" + std::to_string(i)));
    pool->v6.push_back(*IpAddr::parse("fd20::1" + std::to_string(i)));
  }
  pool->port_low = L4Port{static_cast<std::uint16_t>(20000 + any(100))};
  pool->port_high = L4Port{static_cast<std::uint16_t>(pool->port_low.value + 200 + any(600))};
  if (was_vip) {
    for (const auto& lips : {pool->v4, pool->v6}) pool->was_vip.push_back({lips.front(), kAnyPort, true});
  }
  for (std::uint16_t slot = 1; slot <= 3; ++slot) {
    Service service;
    service.slot = ServiceSlot{slot};
    service.incarnation = 1;
    service.protocol = slot == 3 ? L4Proto::udp : L4Proto::tcp;
    service.lips = pool;
    service.idle = idle_limits(Timeouts{});
    service.idle.udp_unreplied = 1000U * (1U + any(60));
    for (unsigned i = 0; i < kDests; ++i) {
      // The first two services have real servers in common.
      const std::string last = std::to_string(1 + i + (slot == 3 ? kDests : 0));
      Dest dest{DestSlot{static_cast<std::uint32_t>(slot * kDests + i)},
                address(family, "10.20.1." + last, "fd20:1::" + last),
                L4Port{any(2) == 0 ? std::uint16_t{0} : std::uint16_t{8080}}, 1};
      if (any(2) == 0) dest.mode = any(8) != 0 ? ForwardingMode::nat : ForwardingMode::dr;
      // Their connections are in the way for a while.
      dest.shares_ports = dest.port.value == 0 && generation % 4 == 0 && any(2) == 0;
      service.dests.push_back(dest);
    }
    service.weight_max = service.weight_gcd = 1;
    config.services.push_back(std::move(service));
  }
  return config;
}

template <typename F>
void expect_same(const Connection<F>& a, const Connection<F>& b) {
  for (const Direction d : {Direction::to_dest, Direction::to_client}) EXPECT_EQ(a.key(d), b.key(d));
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.crosses, b.crosses);
  EXPECT_EQ(a.persistent, b.persistent);
  EXPECT_EQ(a.replied, b.replied);
  EXPECT_EQ(a.assured, b.assured);
  EXPECT_EQ(a.one_packet, b.one_packet);
  EXPECT_EQ(a.answers_lent, b.answers_lent);
  EXPECT_EQ(a.stamp_ms, b.stamp_ms);
  EXPECT_EQ(a.idle_limit_ms, b.idle_limit_ms);
  EXPECT_EQ(a.service(), b.service());
  EXPECT_EQ(a.dest_slot(), b.dest_slot());
  EXPECT_EQ(a.port_pool(), b.port_pool());
}

template <typename F>
struct Side {
  explicit Side(std::shared_ptr<const PortOwners> owners)
      : tables(WorkerId{1}, 2, {700, 10, nullptr, nullptr, Simd::automatic, std::move(owners)},
               {0x9d3c1f27b5a86e41, 0x51c7e39ab04d268f}) {}
  Opened<F> open(const Service& service, const FlowKey<F>& key, std::uint32_t now) {
    return open_connection<F>(tables, schedulers[service.slot.index()], service, key,
                              tables.conns<F>().hash(key), now);
  }
  void settle() {
    tables.conns<F>().settle([&](Connection<F>* conn) {
      ADD_FAILURE() << "buckets full";
      tables.close(conn);
    });
  }
  WorkerTables tables;
  std::array<SchedulerState, 4> schedulers;
};

using Case = std::tuple<bool, bool, unsigned>;  // RSS is known, a LIP was a VIP, seed
class LastOpenedTest : public testing::TestWithParam<Case> {
 protected:
  template <typename F>
  void play();
};

template <typename F>
void LastOpenedTest::play() {
  const auto [by_rss, was_vip, seed] = GetParam();
  std::mt19937 random(seed);
  const auto owners = by_rss ? test::owners_by_rss(2) : std::make_shared<const PortOwners>(2U);
  Side<F> remembers(owners), forgets(owners);
  std::vector<std::pair<Connection<F>*, Connection<F>*>> live;
  Config config = config_of(1, F::family, was_vip, random);
  std::uint32_t now = 5000;
  unsigned opened = 0;
  unsigned remembered = 0;      // of these: copies of the dest's last one
  unsigned remembered_nat = 0;  // in mode nat
  unsigned contended = 0;       // by a client's port that a dest of mode nat has seen, an older one has ended
  unsigned taken = 0;           // and where it stays
  for (unsigned step = 0; step < 20'000; ++step) {
    now += random() % 50 / 49;  // none of them is over before it is closed
    // As large a part of the test as a configuration, a LIP's turn and a word of a bitmap last.
    if (random() % 500 == 0) config = config_of(config.generation + 1, F::family, was_vip, random);
    remembers.tables.begin(now, config.generation);
    forgets.tables.begin(now, 0);
    const Service& service = config.services[random() % config.services.size()];
    if (random() % 200 == 0) {
      const std::uint64_t runs = random() % 5;
      for (Side<F>* side : {&remembers, &forgets})
        side->schedulers[service.slot.index()].opened += runs * 1024;
    }
    const bool closes =
        live.size() == 650 || (!live.empty() && random() % 100 < (step / 1000 % 2 == 0 ? 30 : 60));
    if (closes) {
      auto& one = live[random() % live.size()];
      remembers.tables.close(one.first);
      forgets.tables.close(one.second);
      std::swap(one, live.back());
      live.pop_back();
      continue;
    }
    if (random() % 4 == 0) {
      remembers.settle();
      forgets.settle();
    }
    if (random() % 10 == 0 && !live.empty()) {
      // Then it does not give its dest up.
      const auto& [left, right] = live[random() % live.size()];
      if (has_states(left->protocol)) {
        remembers.tables.change_state(*left, TcpState::established, 900'000);
        forgets.tables.change_state(*right, TcpState::established, 900'000);
      }
    }
    const std::string vip = std::to_string(service.slot.index());
    FlowKey<F> key{F::from(address(F::family, "192.0.2.1", "2001:db8::1")),
                   F::from(address(F::family, "10.10.0.10" + vip, "fd10::10" + vip)),
                   Be16{static_cast<std::uint16_t>(step)}.raw(),
                   Be16{static_cast<std::uint16_t>(80 + random() % 40 / 39)}.raw(),
                   static_cast<std::uint8_t>(service.protocol)};
    if (was_vip && random() % 4 == 0) {
      // One that the dest answers at a local port, as clients of mode nat did by the VIP that is a LIP now.
      key.src = F::from(address(F::family, "10.20.0.10", "fd20::10"));
      key.src_port = Be16{static_cast<std::uint16_t>(20000 + step % 900)}.raw();
      if (remembers.tables.template conns<F>().lookup(key).conn != nullptr) continue;
    }
    if (random() % 2 == 0 && !live.empty()) {
      // One that the client uses for another service or port, whose dest in mode nat may be the same.
      key.src_port = live[random() % live.size()].first->client_port;
      if (remembers.tables.template conns<F>().lookup(key).conn != nullptr) continue;
    }
    const auto a = remembers.open(service, key, now);
    const auto b = forgets.open(service, key, now);
    ASSERT_EQ(a.conn == nullptr, b.conn == nullptr) << "step " << step;
    ASSERT_EQ(a.reason, b.reason) << "step " << step;
    ASSERT_EQ(a.evicted, b.evicted) << "step " << step;
    taken += a.reason == Drop::tuple_taken ? 1 : 0;
    contended += a.evicted ? 1 : 0;
    if (a.evicted) {
      for (const auto& [left, right] : live) ASSERT_EQ(left->idle_limit_ms, right->idle_limit_ms);
      std::erase_if(live, [](const auto& one) { return one.first->idle_limit_ms == 0; });
    }
    if (a.conn == nullptr) continue;
    expect_same(*a.conn, *b.conn);
    for (const Direction d : {Direction::to_dest, Direction::to_client}) {
      EXPECT_EQ(remembers.tables.template conns<F>().find(a.conn->key(d)).conn,
                sees_replies(a.conn->mode) || d == Direction::to_dest ? a.conn : nullptr);
    }
    ASSERT_FALSE(this->HasFailure()) << "step " << step;
    const auto& row = remembers.tables.template last_opened<F>(a.conn->dest_slot());
    // What takes the long way is what the row knows of.
    const bool known = row.generation == config.generation && row.began.client_port != key.src_port;
    (a.conn->mode == ForwardingMode::nat ? remembered_nat : remembered) += known ? 1 : 0;
    live.emplace_back(a.conn, b.conn);
    ++opened;
  }
  EXPECT_GT(opened, 4000U);
  EXPECT_GT(remembered_nat, opened / 8);
  EXPECT_GT(contended, 10U);
  EXPECT_GT(taken, 0U);
  if (was_vip) {
    EXPECT_EQ(remembered, 0U);
  } else {
    EXPECT_GT(remembered, opened / 8);
  }
  for (const auto& [a, b] : live) {
    remembers.tables.close(a);
    forgets.tables.close(b);
  }
  for (std::uint32_t slot = 0; slot < 4 * kDests; ++slot) {
    const DestCounters& left = remembers.tables.dest(DestSlot{slot});
    const DestCounters& right = forgets.tables.dest(DestSlot{slot});
    EXPECT_EQ(left.connections.get(), right.connections.get());
    EXPECT_EQ(left.active.get(), 0U);
    EXPECT_EQ(left.busy.get(), 0U);
    EXPECT_EQ(remembers.tables.shared().loads[DestSlot{slot}].counts().total, 0U);
  }
  EXPECT_EQ(remembers.tables.counters().connections_opened.get(),
            forgets.tables.counters().connections_opened.get());
}

TEST_P(LastOpenedTest, TheSameConnectionsAreOpenedOfIpv4) { play<V4>(); }
TEST_P(LastOpenedTest, TheSameConnectionsAreOpenedOfIpv6) { play<V6>(); }

INSTANTIATE_TEST_SUITE_P(Ports, LastOpenedTest,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Range(1U, 4U)));

}  // namespace
}  // namespace hvs
