// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/conn_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/units.h"

namespace hvs {
namespace {

/// Small numbers, as 32 bits.
struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  using result_type = std::uint32_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffffU; }
  result_type operator()() { return static_cast<result_type>(engine()); }
  std::mt19937 engine;
};

/// Tells flows apart by number; distinct numbers below 2^28 give distinct keys in both directions.
template <typename F>
struct FlowOf;
template <>
struct FlowOf<V4> {
  static V4::Addr addr(std::uint32_t net, std::uint32_t host) {
    return Be32{(net << 24) | (host & 0xffffff)}.raw();
  }
};
template <>
struct FlowOf<V6> {
  static V6::Addr addr(std::uint32_t net, std::uint32_t host) {
    return {0xfd00 + net, Be<std::uint64_t>{host}.raw()};
  }
};

template <typename F>
void fill(Connection<F>& c, std::uint32_t n) {
  c.client = FlowOf<F>::addr(11, n >> 8);
  c.client_port = Be16{static_cast<std::uint16_t>(1024 + (n & 0xff))}.raw();
  c.vip = FlowOf<F>::addr(10, 100);
  c.vip_port = Be16{std::uint16_t{80}}.raw();
  c.side().lip = FlowOf<F>::addr(10, 0x140000 + (n >> 16));
  c.lip_port = Be16{static_cast<std::uint16_t>(n & 0xffff)}.raw();
  c.side().dest = FlowOf<F>::addr(12, 21);
  c.dest_port = Be16{std::uint16_t{8080}}.raw();
  c.protocol = 6;
  c.idle_limit_ms = 1000;
}

template <typename F>
FlowKey<F> key_of(std::uint32_t n, Direction d) {
  LooseConnection<F> c;
  fill<F>(c, n);
  return c.key(d);
}

/// A table beside the plainest possible model of it: which numbers are in, and where their records lie.
template <typename F>
class Modelled {
 public:
  explicit Modelled(std::uint32_t capacity, HashSecret secret = {}, Simd simd = Simd::automatic)
      : table(capacity, secret, simd) {}

  void insert(std::uint32_t n) {
    Connection<F>* conn = table.allocate();
    if (model.size() == table.capacity()) {
      ASSERT_EQ(conn, nullptr);
      return;
    }
    ASSERT_NE(conn, nullptr) << "at " << model.size() << " of " << table.capacity();
    ASSERT_EQ(conn->stamp_ms, 0U);
    ASSERT_EQ(conn->client_hop.generation, 0U);
    fill<F>(*conn, n);
    const bool known = model.contains(n);
    ASSERT_EQ(table.insert(conn), !known);
    if (known) {
      table.release(conn);
    } else {
      model.emplace(n, conn);
    }
  }
  void erase(std::uint32_t n) {
    const auto it = model.find(n);
    if (it == model.end()) return;
    table.erase(it->second);
    model.erase(it);
  }
  void check(std::uint32_t n) const {
    const auto it = model.find(n);
    for (const Direction d : {Direction::to_dest, Direction::to_client}) {
      const auto hit = table.lookup(key_of<F>(n, d));
      ASSERT_EQ(hit.conn, it == model.end() ? nullptr : it->second) << "flow " << n;
      if (hit.conn != nullptr) {
        ASSERT_EQ(hit.direction, d);
      }
    }
  }
  void check_all() const {
    ASSERT_EQ(table.size(), model.size());
    for (const auto& [n, conn] : model) ASSERT_NO_FATAL_FAILURE(check(n));
  }

  ConnTable<F> table;
  std::unordered_map<std::uint32_t, Connection<F>*> model;
};

template <typename F>
class ConnTableTest : public testing::Test {};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(ConnTableTest, Families);

/// Random operations, with the bias swinging so that the table is full at times and empty at others.
template <typename F>
void run_random(std::uint32_t capacity, std::uint32_t flows, unsigned operations, unsigned seed) {
  Modelled<F> m(capacity);
  Random rng(seed);
  for (unsigned i = 0; i < operations; ++i) {
    const std::uint32_t n = rng() % flows;
    const bool growing = i / (capacity * 4) % 2 == 0;
    const unsigned dice = rng() % 8;
    if (dice < 2) {
      ASSERT_NO_FATAL_FAILURE(m.check(n));
    } else if (dice < (growing ? 7U : 4U)) {
      ASSERT_NO_FATAL_FAILURE(m.insert(n));
    } else {
      m.erase(n);
    }
  }
  m.check_all();
}

TYPED_TEST(ConnTableTest, BehavesAsAMapOverMillionsOfOperations) {
  // 3 * 2^k - 1 connections are what fills the buckets most: 75 % of the slots.
  run_random<TypeParam>(3 * 1024 - 1, 5000, 1'500'000, 1);
  run_random<TypeParam>(1000, 1500, 500'000, 2);
}

TYPED_TEST(ConnTableTest, BehavesAsAMapWhenTiny) {
  for (const std::uint32_t capacity : {1U, 2U, 3U, 5U, 11U, 23U}) {
    run_random<TypeParam>(capacity, capacity * 2 + 1, 20'000, capacity);
  }
}

TYPED_TEST(ConnTableTest, HoldsItsWholeCapacityAndNotOneMore) {
  std::mt19937_64 secrets(6);
  for (const std::uint32_t capacity : {1U, 6U, 767U, 767U, 767U, 49'151U, 49'151U, 49'151U, 100'000U}) {
    Modelled<TypeParam> m(capacity, {secrets(), secrets()});
    for (std::uint32_t n = 0; n < capacity; ++n) ASSERT_NO_FATAL_FAILURE(m.insert(n));
    ASSERT_NO_FATAL_FAILURE(m.check_all());
    EXPECT_EQ(m.table.allocate(), nullptr);
    EXPECT_EQ(m.table.size(), capacity);
    EXPECT_EQ(m.table.high_water(), capacity);
    m.erase(capacity / 2);
    ASSERT_NO_FATAL_FAILURE(m.check(capacity / 2));
    ASSERT_NO_FATAL_FAILURE(m.insert(capacity + 7));
    EXPECT_EQ(m.table.allocate(), nullptr);
    ASSERT_NO_FATAL_FAILURE(m.check_all());
  }
}

TYPED_TEST(ConnTableTest, SpilledEntriesSurviveErasesInEveryOrder) {
  // A secret of zeros hashes poorly: most flows share few buckets, so nearly all entries spill.
  Random rng(3);
  for (unsigned round = 0; round < 200; ++round) {
    Modelled<TypeParam> m(400, {0, 0});
    std::vector<std::uint32_t> order;
    for (std::uint32_t n = 0; n < 120; ++n) {
      order.push_back(n + 1000 * round);
      ASSERT_NO_FATAL_FAILURE(m.insert(order.back()));
    }
    std::shuffle(order.begin(), order.end(), rng);
    for (const std::uint32_t n : order) {
      m.erase(n);
      ASSERT_NO_FATAL_FAILURE(m.check(n));
      if (n % 16 == 0) {
        ASSERT_NO_FATAL_FAILURE(m.check_all());
      }
    }
    EXPECT_EQ(m.table.size(), 0U);
  }
}

template <typename F>
void expect_bursts_equal_singles(Simd simd) {
  Modelled<F> m(3 * 1024 - 1, {}, simd);
  Random rng(4);
  for (std::uint32_t n = 0; n < 3 * 1024 - 1; ++n) ASSERT_NO_FATAL_FAILURE(m.insert(n));
  for (unsigned round = 0; round < 20'000; ++round) {
    const std::size_t count = rng() % 33;
    std::vector<FlowKey<F>> keys;
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(key_of<F>(rng() % 4000, rng() % 2 == 0 ? Direction::to_dest : Direction::to_client));
      hashes.push_back(m.table.hash(keys.back()));
    }
    std::vector<typename ConnTable<F>::Hit> hits(count);
    for (const std::uint64_t hash : hashes) m.table.prefetch(hash);
    m.table.lookup_burst(keys, hashes.data(), hits.data());
    for (std::size_t i = 0; i < count; ++i) {
      const auto single = m.table.lookup(keys[i]);
      ASSERT_EQ(hits[i].conn, single.conn);
      ASSERT_EQ(hits[i].direction, single.direction);
    }
  }
}

TYPED_TEST(ConnTableTest, BurstLookupEqualsSingleLookups) {
  ASSERT_NO_FATAL_FAILURE(expect_bursts_equal_singles<TypeParam>(Simd::automatic));
}

TYPED_TEST(ConnTableTest, BurstLookupEqualsSingleLookupsWithoutVectorInstructions) {
  ASSERT_NO_FATAL_FAILURE(expect_bursts_equal_singles<TypeParam>(Simd::off));
}

TYPED_TEST(ConnTableTest, KeysThatDifferInOneFieldAreDifferent) {
  Modelled<TypeParam> m(10);
  ASSERT_NO_FATAL_FAILURE(m.insert(1));
  const auto key = key_of<TypeParam>(1, Direction::to_dest);
  EXPECT_NE(m.table.lookup(key).conn, nullptr);
  auto other = key;
  other.protocol = 17;
  EXPECT_EQ(m.table.lookup(other).conn, nullptr);
  other = key;
  other.src_port ^= 1;
  EXPECT_EQ(m.table.lookup(other).conn, nullptr);
  other = key;
  other.dst = FlowOf<TypeParam>::addr(10, 101);
  EXPECT_EQ(m.table.lookup(other).conn, nullptr);
  other = key;
  std::swap(other.src, other.dst);
  EXPECT_EQ(m.table.lookup(other).conn, nullptr);
}

TYPED_TEST(ConnTableTest, ASecondConnectionOverEitherKeyIsRefusedWhole) {
  Modelled<TypeParam> m(10);
  ASSERT_NO_FATAL_FAILURE(m.insert(1));
  Connection<TypeParam>* conn = m.table.allocate();
  fill<TypeParam>(*conn, 2);
  conn->side().lip = m.model.at(1)->lip();  // the same reply key
  conn->lip_port = m.model.at(1)->lip_port;
  EXPECT_FALSE(m.table.insert(conn));
  m.table.release(conn);
  ASSERT_NO_FATAL_FAILURE(m.check(2));
  ASSERT_NO_FATAL_FAILURE(m.check_all());
}

TYPED_TEST(ConnTableTest, ScanVisitsEveryLiveRecordOnceAndMayErase) {
  Modelled<TypeParam> m(1000);
  for (std::uint32_t n = 0; n < 700; ++n) ASSERT_NO_FATAL_FAILURE(m.insert(n));
  for (std::uint32_t n = 0; n < 700; n += 3) m.erase(n);
  std::set<const Connection<TypeParam>*> seen;
  std::uint32_t cursor = 0;
  unsigned slices = 0;
  do {
    const std::size_t before = seen.size();
    cursor = m.table.scan(cursor, 64, [&](Connection<TypeParam>* c) { EXPECT_TRUE(seen.insert(c).second); });
    EXPECT_LE(seen.size() - before, 64U);
    ++slices;
  } while (cursor != 0);
  EXPECT_EQ(slices, (700U + 63) / 64);
  EXPECT_EQ(seen.size(), m.model.size());
  do {
    cursor = m.table.scan(cursor, 50, [&](Connection<TypeParam>* c) { m.table.erase(c); });
  } while (cursor != 0);
  EXPECT_EQ(m.table.size(), 0U);
  m.model.clear();
  for (std::uint32_t n = 0; n < 1000; ++n) ASSERT_NO_FATAL_FAILURE(m.insert(n + 5000));
  m.check_all();
}

TYPED_TEST(ConnTableTest, ScanOfAnEmptyTableEndsAtOnce) {
  ConnTable<TypeParam> table(10, {});
  EXPECT_EQ(table.scan(0, 100, [](Connection<TypeParam>*) { FAIL(); }), 0U);
}

TYPED_TEST(ConnTableTest, CostsWhatTheDesignAllows) {
  const bool v4 = TypeParam::family == Family::ipv4;
  const double budget = v4 ? 128 : 192;
  const std::size_t for_all = v4 ? 0 : ServerSides::kBytes;
  const auto cost = [&](std::uint32_t capacity) {
    return static_cast<double>(ConnTable<TypeParam>::bytes_for(capacity) - for_all) / capacity;
  };
  EXPECT_NEAR(cost(10'000'000), v4 ? 94.9 : 158.9, 0.1);
  // The number of buckets is a power of two, so the worst capacities are those that have just doubled it.
  double worst = 0;
  for (std::uint32_t doubled = 3U << 8; doubled < 1U << 30; doubled *= 2) {
    for (std::uint32_t capacity = doubled - 4; capacity <= doubled + 4; ++capacity) {
      ASSERT_LE(cost(capacity), budget) << capacity;
      worst = std::max(worst, cost(capacity));
    }
  }
  EXPECT_NEAR(worst, v4 ? 110.8 : 174.8, 0.1);
  Random rng(9);
  for (unsigned i = 0; i < 10'000; ++i) {
    const std::uint32_t capacity = 1000 + rng() % 50'000'000;
    ASSERT_LE(cost(capacity), worst) << capacity;
  }
  const ConnTable<TypeParam> table(1U << 20, {});
  EXPECT_LE(static_cast<double>(table.reserved_bytes()), budget * (1U << 20));
  EXPECT_GE(table.reserved_bytes(), ConnTable<TypeParam>::bytes_for(1U << 20));
}

TEST(Arena, IsZeroedAndOnAHugePageBoundary) {
  const Arena small(100);
  const Arena large(5'000'000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(large.as<char>()) % 2_MiB, 0U);
  EXPECT_GE(large.bytes(), 5'000'000U);
  for (std::size_t i = 0; i < large.bytes(); i += 4096) ASSERT_EQ(large.as<char>()[i], 0);
  small.as<char>()[99] = 1;
  Arena moved;
  moved = Arena(100);
  EXPECT_NE(moved.as<char>(), nullptr);
}

TEST(OneWayConnection, IsFoundByTheClientsKeyAloneAndLeavesNothing) {
  ConnTable<V4> table(16, {});
  for (int round = 0; round < 3; ++round) {
    Connection<V4>* direct = table.allocate();
    ASSERT_NE(direct, nullptr);
    fill<V4>(*direct, 1);
    direct->mode = ForwardingMode::dr;
    ASSERT_TRUE(table.insert(direct));
    EXPECT_EQ(table.lookup(direct->key(Direction::to_dest)).conn, direct);
    EXPECT_EQ(table.lookup(direct->key(Direction::to_client)).conn, nullptr);
    const FlowKey<V4> key = direct->key(Direction::to_dest);
    table.erase(direct);
    EXPECT_EQ(table.lookup(key).conn, nullptr);
    EXPECT_EQ(table.size(), 0U);
  }
}

/// Blocks that are passed over have nothing that is over, whatever limits change and wherever the clock is.
TYPED_TEST(ConnTableTest, BlocksArePassedOverOnlyWhenNothingInThemIsOver) {
  constexpr std::uint32_t kDay = 86'400'000;
  for (const std::uint32_t start : {0U, 0xffff0000U, 0x7ffffff0U}) {
    Random random{start};
    Modelled<TypeParam> m(1000);
    for (std::uint32_t n = 0; n < 900; ++n) {
      m.insert(n);
      m.model.at(n)->stamp_ms = start;
      m.table.limit_idle(*m.model.at(n), random() % 4 == 0 ? 31 * kDay : 1 + random() % 20'000, start);
    }
    unsigned passed_over = 0;
    std::uint32_t now = start;
    for (unsigned step = 0; step < 60; ++step, now += 1 + random() % 700) {
      std::set<std::uint32_t> over;
      for (const auto& [n, conn] : m.model) {
        if (conn->expired(now)) over.insert(m.table.index_of(conn));
      }
      std::set<std::uint32_t> found;
      std::uint32_t cursor = 0;
      do {
        const std::uint32_t next = cursor + m.table.kBlock;
        if (m.table.undue(cursor, now)) {
          ++passed_over;
          cursor = next < m.table.high_water() ? next : 0;
        } else {
          cursor = m.table.scan_over(
              cursor, now, [&](Connection<TypeParam>* conn) { found.insert(m.table.index_of(conn)); });
        }
      } while (cursor != 0);
      ASSERT_EQ(found, over) << "at " << now - start << " ms after " << start;
      std::erase_if(m.model, [&](const auto& entry) {
        if (!over.contains(m.table.index_of(entry.second))) return false;
        m.table.erase(entry.second);
        return true;
      });
      for (const auto& [n, conn] : m.model) {
        if (random() % 16 == 0) conn->stamp_ms = now;  // a packet
        if (random() % 16 != 0) continue;
        conn->stamp_ms = now;
        m.table.limit_idle(*conn, 1 + random() % 5'000, now);
      }
    }
    EXPECT_GT(passed_over, 0U);
  }
}

}  // namespace
}  // namespace hvs
