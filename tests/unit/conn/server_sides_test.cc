// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/server_sides.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

#include "dataplane/conn/conn_table.h"

namespace hvs {
namespace {

V6::Addr address(std::uint32_t net, std::uint64_t host) { return {0xfd00U + net, host}; }

/// What test and record say of one connection.
struct Made {
  std::uint32_t number;  // unlike all others'
  std::uint32_t dest;
  std::uint32_t lip;
  ForwardingMode mode;
};

class ServerSidesTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCapacity = 20000;

  Connection<V6>* open(const Made& made) {
    Connection<V6>* conn = table_.allocate();
    if (conn == nullptr) return nullptr;
    conn->client = address(1, made.number);
    conn->client_port = static_cast<std::uint16_t>(made.number);
    conn->vip = address(2, 0);
    conn->vip_port = 80;
    conn->mode = made.mode;
    conn->side().dest = address(3, made.dest);
    conn->side().lip = made.mode == ForwardingMode::nat ? conn->client : address(4, made.lip);
    conn->side().service = ServiceSlot{made.dest / 16};
    conn->side().dest_slot = DestSlot{made.dest};
    conn->side().port_pool = static_cast<std::uint16_t>(made.lip);
    conn->dest_port = 8080;
    conn->lip_port = conn->client_port;
    conn->protocol = 6;
    conn->idle_limit_ms = 1;
    EXPECT_TRUE(table_.insert(conn));
    return conn;
  }
  /// All that the record was given is found by it, and it by both of its keys.
  void check(Connection<V6>* conn, const Made& made) {
    const bool nat = made.mode == ForwardingMode::nat;
    const V6::Addr client = address(1, made.number);
    ASSERT_EQ(conn->dest(), address(3, made.dest));
    ASSERT_EQ(conn->lip(), nat ? client : address(4, made.lip));
    ASSERT_EQ(conn->dest_slot(), DestSlot{made.dest});
    ASSERT_EQ(conn->service(), ServiceSlot{made.dest / 16});
    for (const Direction d : {Direction::to_dest, Direction::to_client}) {
      const FlowKey<V6> key = conn->key(d);
      ASSERT_TRUE(conn->has_key(d, key));
      ASSERT_FALSE(conn->has_key(opposite(d), key));
      const auto hit = table_.lookup(key);
      ASSERT_EQ(hit.conn, conn);
      ASSERT_EQ(hit.direction, d);
    }
    const FlowKey<V6> answer = conn->key(Direction::to_client);
    ASSERT_EQ(answer.src, address(3, made.dest));
    ASSERT_EQ(answer.dst, nat ? client : address(4, made.lip));
  }

  ConnTable<V6> table_{kCapacity, HashSecret{}};
};

/// Many have a side of their own, and lookups ask for these, too.
TEST_F(ServerSidesTest, BurstsFindWhatSingleLookupsFindWhereSidesAreFar) {
  std::mt19937 random(5);
  std::vector<FlowKey<V6>> asked;
  const auto look = [&] {
    for (unsigned round = 0; round < 500; ++round) {
      std::vector<FlowKey<V6>> keys;
      std::vector<std::uint64_t> hashes;
      for (unsigned i = 0; i < 33 && !asked.empty(); ++i) keys.push_back(asked[random() % asked.size()]);
      for (const auto& key : keys) hashes.push_back(table_.hash(key));
      std::vector<ConnTable<V6>::Hit> hits(keys.size());
      table_.lookup_burst(keys, hashes.data(), hits.data());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto single = table_.lookup(keys[i]);
        ASSERT_EQ(hits[i].conn, single.conn);
        if (single.conn != nullptr) ASSERT_EQ(hits[i].direction, single.direction);
      }
    }
  };
  std::vector<Connection<V6>*> made;
  for (std::uint32_t n = 0; n < 12000; ++n) {
    made.push_back(open({n, n % 6000, n % 3, ForwardingMode::fullnat}));
    for (const Direction d : {Direction::to_dest, Direction::to_client}) asked.push_back(made[n]->key(d));
    asked.push_back(asked.back());
    asked.back().dst_port ^= 1;  // nobody's
  }
  const auto own = [](const Connection<V6>* conn) { return conn->side_at.lines == 1; };
  ASSERT_GT(std::count_if(made.begin(), made.end(), own), 12000 / 4) << "or nothing is asked here";
  ASSERT_NO_FATAL_FAILURE(look());
  // A frame that nobody knows stands for record 0, whatever that was.
  for (std::uint32_t n = 0; n < 12000; n += 2) table_.erase(made[n]);
  ASSERT_NO_FATAL_FAILURE(look());
  // With none left it is one that was given back, with whatever side it had.
  for (std::uint32_t n = 1; n < 12000; n += 2) table_.erase(made[n]);
  ASSERT_NO_FATAL_FAILURE(look());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(ServerSidesTest, ConnectionsOfOneDestAndLipHaveItInCommon) {
  Connection<V6>* one = open({1, 7, 2, ForwardingMode::fullnat});
  Connection<V6>* two = open({2, 7, 2, ForwardingMode::fullnat});
  Connection<V6>* other_lip = open({3, 7, 3, ForwardingMode::fullnat});
  Connection<V6>* other_dest = open({4, 8, 2, ForwardingMode::fullnat});
  EXPECT_EQ(&one->side(), &two->side());
  EXPECT_NE(&one->side(), &other_lip->side());
  EXPECT_NE(&one->side(), &other_dest->side());
  one->hop(Direction::to_dest) = {5, 9};
  EXPECT_EQ(two->hop(Direction::to_dest).adj, 9);
  EXPECT_EQ(two->hop(Direction::to_client).adj, 0);
}

/// The same slot, LIP and dest may by then stand for another dest: a tunnel's end is not in the side.
TEST_F(ServerSidesTest, TheWayIsForgottenWithTheLastConnection) {
  const Made made{1, 7, 2, ForwardingMode::fullnat};
  Connection<V6>* one = open(made);
  Connection<V6>* two = open({2, 7, 2, ForwardingMode::fullnat});
  one->hop(Direction::to_dest) = {5, 9};
  table_.erase(one);
  EXPECT_EQ(two->hop(Direction::to_dest).generation, 5U);
  table_.erase(two);
  EXPECT_EQ(open(made)->hop(Direction::to_dest).generation, 0U);
}

/// One that could not be entered leaves the place where sides are filled in to the next one.
TEST_F(ServerSidesTest, ARefusedConnectionLeavesNothing) {
  Connection<V6>* one = open({1, 7, 2, ForwardingMode::fullnat});
  Connection<V6>* twin = table_.allocate();
  twin->become(*one);
  EXPECT_FALSE(table_.insert(twin));
  table_.release(twin);
  check(one, {1, 7, 2, ForwardingMode::fullnat});
  check(open({2, 8, 3, ForwardingMode::snat}), {2, 8, 3, ForwardingMode::snat});
}

TEST_F(ServerSidesTest, ClientsOfModeNatShareTheDestAlone) {
  Connection<V6>* one = open({1, 7, 0, ForwardingMode::nat});
  Connection<V6>* two = open({2, 7, 0, ForwardingMode::nat});
  EXPECT_EQ(&one->side(), &two->side());
  check(one, {1, 7, 0, ForwardingMode::nat});
  check(two, {2, 7, 0, ForwardingMode::nat});
}

TEST_F(ServerSidesTest, ACopyHasItsSideWithIt) {
  Connection<V6>* shared = open({1, 7, 2, ForwardingMode::fullnat});
  LooseConnection<V6> loose;
  loose.become(*shared);
  const LooseConnection<V6> copy = loose;
  table_.erase(shared);
  EXPECT_EQ(copy.dest(), address(3, 7));
  EXPECT_EQ(copy.lip(), address(4, 2));
  EXPECT_EQ(copy.client, address(1, 1));
}

/// More sides than there is place for, of all modes, opened and ended at random, beside a model.
TEST_F(ServerSidesTest, NothingIsMixedUpHoweverManySidesThereAre) {
  for (const std::uint32_t dests : {3U, 300U, 15000U}) {
    std::mt19937 engine(dests);
    const auto below = [&](std::size_t n) { return engine() % n; };
    std::unordered_map<Connection<V6>*, Made> model;
    std::vector<Connection<V6>*> open_ones;
    std::uint32_t number = 0;
    for (unsigned step = 0; step < 60000; ++step) {
      const bool opens = open_ones.empty() || (open_ones.size() < kCapacity && below(100) < 55);
      if (opens) {
        const ForwardingMode mode = below(3) == 0   ? ForwardingMode::nat
                                    : below(3) == 0 ? ForwardingMode::snat
                                                    : ForwardingMode::fullnat;
        const Made made{++number, static_cast<std::uint32_t>(below(dests)),
                        static_cast<std::uint32_t>(below(8)), mode};
        Connection<V6>* conn = open(made);
        ASSERT_NE(conn, nullptr);
        model.emplace(conn, made);
        open_ones.push_back(conn);
      } else {
        const std::size_t at = below(open_ones.size());
        Connection<V6>* conn = open_ones[at];
        ASSERT_NO_FATAL_FAILURE(check(conn, model.at(conn)));
        table_.erase(conn);
        model.erase(conn);
        open_ones[at] = open_ones.back();
        open_ones.pop_back();
      }
    }
    for (const auto& [conn, made] : model) ASSERT_NO_FATAL_FAILURE(check(conn, made));
    for (Connection<V6>* conn : open_ones) table_.erase(conn);
  }
}

/// Sides of connections that are gone make room: after any number of dests, new ones are shared again.
TEST_F(ServerSidesTest, PlacesAreUsedAgain) {
  std::uint32_t number = 0;
  for (std::uint32_t dest = 0; dest < 50000; ++dest) {
    Connection<V6>* one = open({++number, dest, 1, ForwardingMode::fullnat});
    Connection<V6>* two = open({++number, dest, 1, ForwardingMode::fullnat});
    ASSERT_EQ(&one->side(), &two->side()) << dest;
    table_.erase(one);
    table_.erase(two);
  }
}

}  // namespace
}  // namespace hvs
