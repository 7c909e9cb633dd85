// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "runtime/spsc_ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>

#include "runtime/conn_walk.h"

namespace hvs {
namespace {

TEST(SpscRing, HoldsItsSizeInOrderAndRefusesMore) {
  SpscRing<int, 4> ring;
  int value = 0;
  EXPECT_FALSE(ring.pop(value));
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(ring.room(), 4U);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(round * 10 + i));
    EXPECT_FALSE(ring.push(99));
    EXPECT_EQ(ring.room(), 0U);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(ring.pop(value));
      EXPECT_EQ(value, round * 10 + i);
      EXPECT_EQ(ring.room(), static_cast<std::size_t>(i + 1));
    }
    EXPECT_FALSE(ring.pop(value));
  }
}

TEST(SpscRing, LosesAndInventsNothingBetweenTwoThreads) {
  struct Item {
    std::uint64_t number;
    std::uint64_t twice;
  };
  constexpr std::uint64_t kItems = 200'000;
  auto ring = std::make_unique<SpscRing<Item, 64>>();
  std::thread producer([&] {
    for (std::uint64_t n = 1; n <= kItems; ++n) {
      while (!ring->push({n, 2 * n})) std::this_thread::yield();
    }
  });
  bool right = true;
  for (std::uint64_t n = 1; n <= kItems; ++n) {
    Item item{};
    while (!ring->pop(item)) std::this_thread::yield();
    right = right && item.number == n && item.twice == 2 * n;
  }
  producer.join();
  EXPECT_TRUE(right);
  Item item{};
  EXPECT_FALSE(ring->pop(item));
}

TEST(ConnWalk, AllThatTheWorkerPushedIsThereOnceItSaysFinished) {
  constexpr std::uint32_t kConnections = 20'000;
  for (const std::uint32_t stop_at : {kConnections, 500U}) {
    auto walk = std::make_unique<ConnWalk>();
    std::atomic<ConnWalk*> box{walk.get()};
    std::thread worker([&] {
      ConnWalk& w = *box.load(std::memory_order_acquire);
      while (w.cursor < kConnections && !w.cancelled.load(std::memory_order_relaxed)) {
        while (w.ring.room() != 0 && w.cursor < kConnections) {
          ConnView view;
          view.idle_ms = w.cursor++;
          (void)w.ring.push(view);
          w.visited.store(w.visited.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
        std::this_thread::yield();
      }
      box.store(nullptr, std::memory_order_relaxed);
      w.finished.store(true, std::memory_order_release);
    });
    std::uint32_t received = 0;
    bool in_order = true;
    const auto drain = [&] {
      ConnView view;
      while (walk->ring.pop(view)) in_order = in_order && view.idle_ms == received++;
    };
    while (!walk->finished.load(std::memory_order_acquire)) {
      drain();
      if (received >= stop_at) walk->cancelled.store(true, std::memory_order_relaxed);
      std::this_thread::yield();
    }
    drain();
    worker.join();
    EXPECT_TRUE(in_order);
    EXPECT_EQ(received, walk->visited.load());
    if (stop_at == kConnections) {
      EXPECT_EQ(received, kConnections);
    }
    EXPECT_EQ(box.load(), nullptr);
  }
}

}  // namespace
}  // namespace hvs
