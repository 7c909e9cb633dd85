// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/worker_tables.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace hvs {
namespace {

TEST(ConnBudget, GivesWhatThereIsAndNoMore) {
  ConnBudget budget(600);
  EXPECT_EQ(budget.take(256), 256U);
  EXPECT_EQ(budget.take(256), 256U);
  EXPECT_EQ(budget.take(256), 88U);
  EXPECT_EQ(budget.take(256), 0U);
  EXPECT_EQ(budget.take(1), 0U);
  budget.give_back(100);
  EXPECT_EQ(budget.take(99), 99U);
  EXPECT_EQ(budget.take(99), 1U);
  EXPECT_EQ(budget.take(99), 0U);
}

TEST(ConnBudget, ThreadsTogetherNeverHoldMore) {
  constexpr std::int64_t kAll = 1000;
  ConnBudget budget(kAll);
  std::atomic<std::int64_t> held{0};
  std::atomic<std::int64_t> most{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 rng(seed);
      std::uint32_t own = 0;
      for (unsigned i = 0; i < 100'000; ++i) {
        if (rng() % 2 == 0) {
          const std::uint32_t got = budget.take(static_cast<std::uint32_t>(1 + rng() % 400));
          own += got;
          const std::int64_t now = held.fetch_add(got) + got;
          std::int64_t seen = most.load();
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
        } else if (own != 0) {
          const auto back = static_cast<std::uint32_t>(1 + rng() % own);
          own -= back;
          held.fetch_sub(back);
          budget.give_back(back);
        }
      }
      held.fetch_sub(own);
      budget.give_back(own);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), kAll);
  EXPECT_GT(most.load(), kAll / 2);
  EXPECT_EQ(budget.take(kAll + 1), kAll) << "something was lost or made";
}

/// A worker's tables, filled without packets.
class Tables {
 public:
  explicit Tables(const TableSizes& sizes, unsigned worker = 0, unsigned workers = 1)
      : tables_(std::make_unique<WorkerTables>(WorkerId{static_cast<std::uint8_t>(worker)}, workers, sizes,
                                               HashSecret{})) {}

  template <typename F = V4>
  Connection<F>* open(IpProto protocol = IpProto::tcp, TcpState state = TcpState::established) {
    bool evicted = false;
    if (!tables_->make_room(evicted)) return nullptr;
    Connection<F>* conn = tables_->conns<F>().allocate();
    if (conn == nullptr) return nullptr;
    const std::uint32_t n = next_++;
    conn->client_port = static_cast<std::uint16_t>(n);
    conn->vip_port = static_cast<std::uint16_t>(n >> 16);
    conn->protocol = static_cast<std::uint8_t>(protocol);
    conn->state = state;
    conn->idle_limit_ms = 1;
    const IpAddr dest = IpAddr::v4(Be32{0x0a140000U + n % 16});
    const auto port =
        tables_->lip_ports().take_port({IpAddr{}, dest, L4Port{80}, 6}, L4Port{1024}, L4Port{65535});
    if (!port) return nullptr;
    conn->lip_port = Be16{port->port.value}.raw();
    conn->side().port_pool = static_cast<std::uint16_t>(port->pool);
    conn->dest_port = static_cast<std::uint16_t>(n % 16);
    if (!tables_->conns<F>().insert(conn)) return nullptr;
    bool filled = false;
    if (!tables_->shared().loads[conn->dest_slot()].open({}, conn->active(), filled)) return nullptr;
    tables_->count_opened(*conn);
    return conn;
  }
  template <typename F = V4>
  void close(Connection<F>* conn) {
    tables_->close(conn);
  }
  [[nodiscard]] std::uint32_t connections() const { return tables_->connections(); }
  [[nodiscard]] std::uint64_t evicted() const { return tables_->counters().connections_evicted.get(); }
  [[nodiscard]] bool make_room() {
    bool evicted = false;
    return tables_->make_room(evicted);
  }

 private:
  std::unique_ptr<WorkerTables> tables_;
  std::uint32_t next_ = 1;
};

std::vector<Connection<V4>*> fill(Tables& tables) {
  std::vector<Connection<V4>*> out;
  while (Connection<V4>* conn = tables.open()) out.push_back(conn);
  return out;
}

TEST(WorkerTables, OneWorkerMayUseTheWholeBudget) {
  ConnBudget budget(5000);
  Tables idle({5000, 64, &budget}, 0, 4);
  Tables busy({5000, 64, &budget}, 1, 4);
  EXPECT_EQ(fill(busy).size(), 5000U);
  EXPECT_EQ(idle.open(), nullptr);
}

TEST(WorkerTables, WhatOneClosesAnotherMayOpen) {
  constexpr std::uint32_t kAll = 5000;
  ConnBudget budget(kAll);
  Tables first({kAll, 64, &budget}, 0, 2);
  Tables second({kAll, 64, &budget}, 1, 2);
  for (Connection<V4>* conn : fill(first)) first.close(conn);
  const std::size_t got = fill(second).size();
  EXPECT_LE(got, kAll);
  EXPECT_GT(got, kAll - 2 * budget_batch(kAll, 2)) << "the first keeps too much in hand";
  EXPECT_EQ(first.connections(), 0U);
}

TEST(WorkerTables, NoWorkerStarvesBesideIdleOnes) {
  for (const std::uint32_t all : {1024U, 5000U}) {
    ConnBudget budget(all);
    std::vector<Tables> workers;
    for (unsigned w = 0; w < 8; ++w) workers.emplace_back(TableSizes{all, 64, &budget}, w, 8);
    for (Tables& one : workers) {
      std::vector<Connection<V4>*> held;
      for (unsigned i = 0; i < all / 2; ++i) {
        held.push_back(one.open());
        ASSERT_NE(held.back(), nullptr);
      }
      for (Connection<V4>* conn : held) one.close(conn);
    }
    EXPECT_GE(fill(workers[0]).size(), all * 3 / 4);
  }
}

TEST(WorkerTables, BothFamiliesCountForTheBudget) {
  ConnBudget budget(2000);
  Tables tables({2000, 64, &budget});
  for (unsigned i = 0; i < 1000; ++i) {
    ASSERT_NE(tables.open<V4>(), nullptr);
    ASSERT_NE(tables.open<V6>(), nullptr);
  }
  EXPECT_EQ(tables.open<V4>(), nullptr);
  EXPECT_EQ(tables.open<V6>(), nullptr);
}

TEST(WorkerTables, WorkersInThreadsKeepWithinTheBudget) {
  constexpr std::uint32_t kAll = 3000;
  constexpr unsigned kWorkers = 4;
  ConnBudget budget(kAll);
  std::atomic<std::int64_t> open{0};
  std::atomic<std::int64_t> most{0};
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < kWorkers; ++w) {
    threads.emplace_back([&, w] {
      Tables tables({kAll, 64, &budget}, w, kWorkers);
      std::mt19937 rng(w);
      std::vector<Connection<V4>*> held;
      for (unsigned phase = 0; phase < 40; ++phase) {
        const std::size_t wanted = rng() % kAll;
        for (unsigned i = 0; i < 2 * kAll && held.size() != wanted; ++i) {
          if (held.size() > wanted) {
            open.fetch_sub(1);
            tables.close(held.back());
            held.pop_back();
          } else if (Connection<V4>* conn = tables.open()) {
            held.push_back(conn);
            const std::int64_t now = open.fetch_add(1) + 1;
            std::int64_t seen = most.load();
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
          } else {
            refused.fetch_add(1);
          }
        }
        EXPECT_EQ(tables.connections(), held.size());
        std::this_thread::yield();
      }
      for (Connection<V4>* conn : held) {
        open.fetch_sub(1);
        tables.close(conn);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), kAll);
  EXPECT_EQ(open.load(), 0);
}

TEST(WorkerTables, WithoutABudgetTheCapacityIsTheBound) {
  Tables tables({700, 64});
  EXPECT_EQ(fill(tables).size(), 700U);
}

struct Kind {
  IpProto protocol;
  TcpState state;
  bool assured;
  bool gives_way;
};
class GivesWay : public testing::TestWithParam<Kind> {};

TEST_P(GivesWay, OnlyWhenOneSideAloneCanMakeItOrItIsOver) {
  const Kind& kind = GetParam();
  Tables tables({1, 4});
  Connection<V4>* conn = tables.open(kind.protocol, kind.state);
  ASSERT_NE(conn, nullptr);
  conn->assured = kind.assured;
  conn->replied = true;
  EXPECT_EQ(tables.make_room(), kind.gives_way);
  EXPECT_EQ(tables.evicted(), kind.gives_way ? 1U : 0U);
  EXPECT_EQ(tables.connections(), kind.gives_way ? 0U : 1U);
}

TEST(WorkerTables, AClosedClientGivesWayWhereItsDestIsNotSeen) {
  for (const ForwardingMode mode : {ForwardingMode::dr, ForwardingMode::tunnel}) {
    Tables tables({1, 4});
    Connection<V4>* conn = tables.open(IpProto::tcp, TcpState::fin_wait);
    ASSERT_NE(conn, nullptr);
    conn->mode = mode;
    EXPECT_TRUE(tables.make_room());
  }
}

TEST(WorkerTables, AnAnsweredFlowThatHasLentItsAnswersStays) {
  Tables tables({1, 4});
  Connection<V4>* conn = tables.open(IpProto::udp, TcpState::none);
  ASSERT_NE(conn, nullptr);
  conn->replied = conn->answers_lent = true;
  EXPECT_FALSE(tables.make_room()) << "a forger can make a client's flow lend them";
  conn->replied = false;
  EXPECT_TRUE(tables.make_room());
}

INSTANTIATE_TEST_SUITE_P(Kinds, GivesWay,
                         testing::Values(Kind{IpProto::tcp, TcpState::none, false, true},
                                         Kind{IpProto::tcp, TcpState::syn_sent, false, true},
                                         Kind{IpProto::tcp, TcpState::syn_recv, false, true},
                                         Kind{IpProto::tcp, TcpState::established, false, false},
                                         Kind{IpProto::tcp, TcpState::fin_wait, false, false},
                                         Kind{IpProto::tcp, TcpState::time_wait, false, false},
                                         Kind{IpProto::tcp, TcpState::close_wait, false, false},
                                         Kind{IpProto::tcp, TcpState::last_ack, false, false},
                                         Kind{IpProto::tcp, TcpState::close, false, true},
                                         Kind{IpProto::udp, TcpState::none, false, true},
                                         Kind{IpProto::udp, TcpState::none, true, false}));

TEST(WorkerTables, TheSearchGoesOnWhereItStopped) {
  constexpr std::uint32_t kAll = 1000;
  Tables tables({kAll, 64});
  auto held = fill(tables);
  held[kAll - 1]->state = TcpState::syn_sent;
  EXPECT_FALSE(tables.make_room()) << "all records were looked at for one packet";
  unsigned looks = 1;
  while (!tables.make_room()) ASSERT_LT(++looks, kAll);
  EXPECT_GT(looks, 10U);
  EXPECT_EQ(tables.evicted(), 1U);
  EXPECT_EQ(tables.connections(), kAll - 1);
}

TEST(WorkerTables, AFloodPassesOverWhatIsEstablished) {
  constexpr std::uint32_t kAll = 1000;
  Tables tables({kAll, 64});
  auto held = fill(tables);
  for (std::size_t i = 0; i < held.size(); i += 10) held[i]->state = TcpState::syn_recv;
  for (unsigned i = 0; i < 5000; ++i) ASSERT_NE(tables.open(IpProto::tcp, TcpState::syn_sent), nullptr);
  EXPECT_EQ(tables.evicted(), 5000U);
  EXPECT_EQ(tables.connections(), kAll);
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (i % 10 == 0) continue;
    EXPECT_EQ(held[i]->state, TcpState::established) << i;
  }
}

}  // namespace
}  // namespace hvs
