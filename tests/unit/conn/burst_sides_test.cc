// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Server sides in common where connections are entered a burst at a time, and lend each other their answers.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

#include "dataplane/conn/conn_table.h"

namespace hvs {
namespace {

/// What tells a connection of mode nat from all others, and whom it shares its answers' key with.
struct Flow {
  std::uint32_t client;
  std::uint32_t vip;
  std::uint32_t dest;
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> answers() const { return {client, dest}; }
  auto operator<=>(const Flow&) const = default;
};

class BurstSides : public testing::TestWithParam<std::uint32_t> {  // dests
 protected:
  static constexpr std::uint32_t kClients = 12;
  static constexpr std::uint32_t kVips = 3;

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }

  Connection<V6>* fill(const Flow& flow) {
    Connection<V6>* conn = table_.allocate();
    conn->client = {1, flow.client};
    conn->client_port = conn->lip_port = 5060;
    conn->vip = {100 + flow.dest, flow.vip};  // each dest has VIPs of its own
    conn->vip_port = conn->dest_port = 80;
    conn->mode = ForwardingMode::nat;
    conn->side().dest = {3, flow.dest};
    conn->side().lip = conn->client;
    conn->side().service = ServiceSlot{1};
    conn->side().dest_slot = DestSlot{flow.dest};
    conn->protocol = 17;
    conn->idle_limit_ms = 1;
    return conn;
  }
  /// As make_way() and open_connection() do it (dataplane/schedule).
  void open(const Flow& flow) {
    if (open_.contains(flow)) return;
    Connection<V6>* conn = fill(flow);
    lend(flow);
    if (below(4) == 0) {
      ASSERT_TRUE(table_.insert(conn));
    } else {
      ASSERT_TRUE(table_.insert_ahead(conn, table_.hash(conn->key(Direction::to_dest))));
    }
    open_[flow] = conn;
    holders_[flow.answers()] = conn;
  }
  void lend(const Flow& flow) {
    const auto holder = holders_.find(flow.answers());
    if (holder == holders_.end()) return;
    table_.lend_replies(holder->second);
    holders_.erase(holder);
  }
  void take_back(const Flow& flow, Connection<V6>* conn) {
    if (!conn->answers_lent) return;
    lend(flow);
    ASSERT_TRUE(table_.take_replies_back(conn));
    holders_[flow.answers()] = conn;
  }
  void close(const Flow& flow, Connection<V6>* conn) {
    if (!conn->answers_lent) holders_.erase(flow.answers());
    table_.erase(conn);
    open_.erase(flow);
  }
  void settle() {
    table_.settle([](Connection<V6>*) { FAIL() << "buckets full"; });
  }
  void check(const Flow& flow, Connection<V6>* conn) {
    ASSERT_EQ(conn->dest(), (V6::Addr{3, flow.dest}));
    ASSERT_EQ(conn->dest_slot(), DestSlot{flow.dest});
    ASSERT_EQ(table_.lookup(conn->key(Direction::to_dest)).conn, conn);
    const FlowKey<V6> answer = conn->key(Direction::to_client);
    ASSERT_EQ(answer.dst, conn->client);
    const auto holder = holders_.find(flow.answers());
    const auto hit = table_.find(answer);
    ASSERT_EQ(hit.conn, holder == holders_.end() ? nullptr : holder->second);
    ASSERT_EQ(hit.conn == conn, !conn->answers_lent);
    if (!table_.settled()) return;
    ASSERT_EQ(table_.lookup(answer).conn, hit.conn);
  }

  std::mt19937 engine_{GetParam()};
  ConnTable<V6> table_{4096, HashSecret{}};
  std::map<Flow, Connection<V6>*> open_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Connection<V6>*> holders_;  // of the answers' keys
};

/// Beside a model: each is found by its own packets, and the answers find whoever has them.
TEST_P(BurstSides, AnswersAreLentAndTakenBackWhileOthersArePending) {
  unsigned lent = 0;
  for (unsigned step = 0; step < 60000; ++step) {
    const unsigned dice = below(10);
    if (open_.size() < 20 || (dice < 4 && open_.size() < 3500)) {
      ASSERT_NO_FATAL_FAILURE(open({below(kClients), below(kVips), below(GetParam())}));
    } else {
      auto picked = open_.lower_bound({below(kClients), below(kVips), below(GetParam())});
      if (picked == open_.end()) picked = open_.begin();
      const auto [flow, conn] = *picked;
      ASSERT_NO_FATAL_FAILURE(check(flow, conn)) << step;
      lent += conn->answers_lent ? 1 : 0;
      if (dice < 7) {
        ASSERT_NO_FATAL_FAILURE(take_back(flow, conn));
      } else {
        close(flow, conn);
      }
    }
    if (below(8) == 0) settle();
  }
  settle();
  for (const auto& [flow, conn] : open_) ASSERT_NO_FATAL_FAILURE(check(flow, conn));
  EXPECT_GT(lent, 100U);
  while (!open_.empty()) close(open_.begin()->first, open_.begin()->second);
  EXPECT_EQ(table_.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Dests, BurstSides, testing::Values(3U, 40U, 6000U));

/// Those of one dest have its side in common, whichever way they are entered, and keep it while answers are
/// lent.
TEST(BurstSidesOfOneDest, AreOneHoweverTheyAreEntered) {
  ConnTable<V6> table(64, HashSecret{});
  std::vector<Connection<V6>*> all;
  for (std::uint32_t n = 0; n < 8; ++n) {
    Connection<V6>* conn = table.allocate();
    conn->client = {1, n / 2};  // two of a client have the same answers' key
    conn->client_port = conn->lip_port = 5060;
    conn->vip = {2, n % 2};
    conn->mode = ForwardingMode::nat;
    conn->side().dest = {3, 7};
    conn->side().lip = conn->client;
    conn->side().dest_slot = DestSlot{7};
    conn->protocol = 17;
    conn->idle_limit_ms = 1;
    if (n % 2 == 1) table.lend_replies(all.back());
    ASSERT_TRUE(n % 4 < 2 ? table.insert(conn)
                          : table.insert_ahead(conn, table.hash(conn->key(Direction::to_dest))));
    all.push_back(conn);
    ASSERT_EQ(&conn->side(), &all.front()->side());
  }
  table.settle([](Connection<V6>*) { FAIL() << "buckets full"; });
  all.front()->hop(Direction::to_dest) = {5, 9};
  for (std::uint32_t n = 0; n + 1 < 8; ++n) table.erase(all[n]);
  EXPECT_EQ(all.back()->dest(), (V6::Addr{3, 7}));
  EXPECT_EQ(all.back()->hop(Direction::to_dest).generation, 5U) << "not before the last one has gone";
}

}  // namespace
}  // namespace hvs
