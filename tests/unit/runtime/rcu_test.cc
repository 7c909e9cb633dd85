// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "runtime/rcu.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace hvs {
namespace {

std::atomic<int> living{0};

/// Says of itself whether it was freed; both halves always hold the same number.
struct Value {
  explicit Value(std::uint64_t n) : first(n), second(n) { ++living; }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() {
    first = ~std::uint64_t{0};
    second = 0;
    --living;
  }
  std::uint64_t first;
  std::uint64_t second;
};

TEST(Published, IsNothingBeforeTheFirstPublication) {
  Rcu rcu(1);
  const Published<Value> published(rcu);
  EXPECT_EQ(published.read(), nullptr);
  EXPECT_EQ(published.owner(), nullptr);
}

TEST(Rcu, TellsASleeperOfWhatWasReplaced) {
  Rcu rcu(2);
  EXPECT_FALSE(rcu.behind(WorkerId{0}));
  Published<Value> published(rcu);
  published.publish(std::make_shared<Value>(1));
  published.publish(std::make_shared<Value>(2));
  EXPECT_TRUE(rcu.behind(WorkerId{0}));
  EXPECT_TRUE(rcu.behind(WorkerId{1}));
  rcu.quiescent(WorkerId{0});
  EXPECT_FALSE(rcu.behind(WorkerId{0}));
  EXPECT_TRUE(rcu.behind(WorkerId{1}));
}

TEST(Published, KeepsAFormerValueUntilEveryWorkerWasQuiescent) {
  living = 0;
  Rcu rcu(2);
  Published<Value> published(rcu);
  published.publish(std::make_shared<const Value>(1));
  const Value* held = published.read();
  published.publish(std::make_shared<const Value>(2));
  EXPECT_EQ(published.read()->first, 2U);
  EXPECT_EQ(published.reclaim(), 1U);
  rcu.quiescent(WorkerId{0});
  EXPECT_EQ(published.reclaim(), 1U);
  EXPECT_EQ(held->first, 1U);
  rcu.quiescent(WorkerId{1});
  EXPECT_EQ(published.reclaim(), 0U);
  EXPECT_EQ(living, 1);
}

TEST(Published, AQuiescentStateBeforeThePublicationDoesNotCount) {
  living = 0;
  Rcu rcu(1);
  Published<Value> published(rcu);
  published.publish(std::make_shared<const Value>(1));
  rcu.quiescent(WorkerId{0});
  published.publish(std::make_shared<const Value>(2));
  EXPECT_EQ(published.reclaim(), 1U);
  published.publish(std::make_shared<const Value>(3));
  EXPECT_EQ(published.reclaim(), 2U);
  rcu.quiescent(WorkerId{0});
  EXPECT_EQ(published.reclaim(), 0U);
  EXPECT_EQ(living, 1);
}

TEST(Published, FreesAllAtItsEnd) {
  living = 0;
  {
    Rcu rcu(1);
    Published<Value> published(rcu);
    for (std::uint64_t n = 0; n < 5; ++n) published.publish(std::make_shared<const Value>(n));
    EXPECT_EQ(living, 5);
  }
  EXPECT_EQ(living, 0);
}

TEST(Published, WorkersNeverSeeAFreedOrAnOlderValue) {
  living = 0;
  constexpr unsigned kWorkers = 3;
  constexpr std::uint64_t kValues = 5000;
  Rcu rcu(kWorkers);
  Published<Value> published(rcu);
  published.publish(std::make_shared<const Value>(1));
  std::atomic<bool> wrong{false};
  std::vector<std::thread> workers;
  for (unsigned w = 0; w < kWorkers; ++w) {
    workers.emplace_back([&, w] {
      std::uint64_t newest = 0;
      while (newest < kValues) {
        rcu.quiescent(WorkerId{static_cast<std::uint8_t>(w)});
        const Value* value = published.read();
        for (unsigned look = 0; look < 4; ++look) {
          if (value->first != value->second || value->first < newest) wrong = true;
        }
        newest = value->first;
        std::this_thread::yield();
      }
    });
  }
  std::size_t waiting = 0;
  for (std::uint64_t n = 2; n <= kValues; ++n) {
    published.publish(std::make_shared<const Value>(n));
    waiting = published.reclaim();
    while (waiting > 100) {
      std::this_thread::yield();
      waiting = published.reclaim();
    }
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_FALSE(wrong);
  for (unsigned w = 0; w < kWorkers; ++w) rcu.quiescent(WorkerId{static_cast<std::uint8_t>(w)});
  EXPECT_EQ(published.reclaim(), 0U);
  EXPECT_EQ(living, 1);
}

}  // namespace
}  // namespace hvs
