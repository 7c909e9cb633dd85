// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/templates.h"

#include <gtest/gtest.h>

#include <latch>
#include <random>
#include <thread>
#include <vector>

namespace hvs {
namespace {

constexpr std::uint32_t kTimeout = 300;
constexpr std::uint32_t kTimeoutMs = kTimeout * 1000;

TemplateDest dest(std::uint32_t slot, std::uint64_t incarnation = 1, std::uint32_t timeout_s = kTimeout) {
  return {DestSlot{slot}, incarnation, timeout_s};
}

/// Opens a connection through the template of `key`; a new template gets `fresh`. The slot that it names.
std::uint32_t open(Templates& templates, std::uint64_t key, std::uint32_t now_ms, std::uint32_t fresh,
                   std::uint32_t* at = nullptr) {
  const auto held = templates.hold(key, now_ms);
  EXPECT_TRUE(held.has_value());
  if (!held) return ~0U;
  if (at != nullptr) *at = held->at;
  if (const std::uint64_t word = templates.dest(held->at); word != 0)
    return TemplateDest::of(word).slot.value;
  EXPECT_TRUE(templates.bind(held->at, 0, dest(fresh)));
  return fresh;
}

TEST(TemplateDest, WordsHoldWhatTheyWereMadeOf) {
  const auto longest = static_cast<std::uint32_t>(kMaxPersistence.count());
  EXPECT_EQ(longest, 31U * 86400) << "as ipvsadm";
  const TemplateDest last = dest(kMaxDests - 1, TemplateDest::kIncarnations, longest);
  const TemplateDest back = TemplateDest::of(last.word());
  EXPECT_EQ(back.slot, last.slot);
  EXPECT_EQ(back.timeout_s, last.timeout_s);
  EXPECT_TRUE(back.names(last.slot, last.incarnation));
  EXPECT_FALSE(back.names(last.slot, last.incarnation + 1));
  EXPECT_NE(dest(0, 0, 0).word(), 0U);
}

TEST(Templates, ServicesClientsFamiliesAndIncarnationsHaveTemplatesOfTheirOwn) {
  const Templates templates(1024);
  const IpAddr a = *IpAddr::parse("192.0.2.1");
  IpAddr six = a;
  six.family = Family::ipv6;
  const std::uint64_t key = templates.key_of(ServiceSlot{1}, 1, a);
  EXPECT_EQ(templates.key_of(ServiceSlot{1}, 1, a), key);
  EXPECT_NE(templates.key_of(ServiceSlot{2}, 1, a), key);
  EXPECT_NE(templates.key_of(ServiceSlot{1}, 2, a), key);
  EXPECT_NE(templates.key_of(ServiceSlot{1}, 1, *IpAddr::parse("192.0.2.2")), key);
  EXPECT_NE(templates.key_of(ServiceSlot{1}, 1, six), key);
}

TEST(Templates, AClientKeepsItsDestUntilTheTimeoutAfterItsLastConnection) {
  Templates templates(1024);
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  EXPECT_EQ(open(templates, 77, 1000, 5, &first), 5U);
  EXPECT_EQ(open(templates, 77, 2000, 6, &second), 5U);
  EXPECT_EQ(first, second);
  templates.release(first, 3000);
  // The other one goes on for long.
  const std::uint32_t end = 3000 + 10 * kTimeoutMs;
  EXPECT_EQ(open(templates, 77, end, 6), 5U);
  templates.release(first, end);
  templates.release(first, end);
  EXPECT_EQ(open(templates, 77, end + kTimeoutMs - 1, 6), 5U) << "just in time";
  templates.release(first, end + kTimeoutMs);
  EXPECT_EQ(open(templates, 77, end + 2 * kTimeoutMs, 6), 6U) << "its time was over";
}

TEST(Templates, TimesWrapAround) {
  Templates templates(1024);
  std::uint32_t at = 0;
  const std::uint32_t before = ~0U - 1000;
  EXPECT_EQ(open(templates, 7, before, 1, &at), 1U);
  templates.release(at, before);
  EXPECT_EQ(open(templates, 7, before + kTimeoutMs - 1, 2), 1U);
  templates.release(at, before);
  EXPECT_EQ(open(templates, 7, before + kTimeoutMs, 2), 2U);
}

TEST(Templates, TheLongestTimeoutIsOverInTimeAndNoSooner) {
  const auto longest = static_cast<std::uint32_t>(kMaxPersistence.count());
  const std::uint32_t longest_ms = longest * 1000;
  for (const std::uint32_t start : {0U, 1U << 31, ~0U - 5000}) {
    Templates templates(1024);
    const auto held = templates.hold(7, start);
    ASSERT_TRUE(held && templates.bind(held->at, 0, dest(1, 1, longest)));
    templates.release(held->at, start);
    templates.sweep(templates.buckets(), start + longest_ms - 1);
    EXPECT_NE(templates.dest(held->at), 0U) << start;
    ASSERT_TRUE(templates.entry(held->at, start - 3)) << "a clock that is a little behind";
    EXPECT_EQ(templates.entry(held->at, start + 1000)->left_ms, longest_ms - 1000) << start;
    templates.sweep(templates.buckets(), start + longest_ms);
    EXPECT_EQ(templates.dest(held->at), 0U) << start;
  }
}

TEST(Templates, AListingShowsWhoseTheyAre) {
  Templates templates(1024);
  const IpAddr four = *IpAddr::parse("192.0.2.0");
  const IpAddr six = *IpAddr::parse("2001:db8::");
  const auto a = templates.hold(5ULL << 32, 1000, four);
  const auto b = templates.hold(6ULL << 32, 1000, six);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(templates.entry(a->at, 1000)) << "no dest yet";
  ASSERT_TRUE(templates.bind(a->at, 0, dest(1)) && templates.bind(b->at, 0, dest(2)));
  EXPECT_EQ(templates.hold(5ULL << 32, 2000, four)->at, a->at);
  auto entry = templates.entry(a->at, 5000);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->client, four);
  EXPECT_EQ(entry->dest.slot, DestSlot{1});
  EXPECT_EQ(entry->connections, 2U);
  EXPECT_EQ(entry->left_ms, kTimeoutMs) << "it begins with the end of the last connection";
  templates.release(b->at, 6000);
  entry = templates.entry(b->at, 7000);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->client, six);
  EXPECT_EQ(entry->connections, 0U);
  EXPECT_EQ(entry->left_ms, kTimeoutMs - 1000);
  EXPECT_FALSE(templates.entry(b->at, 6000 + kTimeoutMs)) << "it is over";
  unsigned alive = 0;
  for (std::uint32_t at = 0; at < templates.places(); ++at) alive += templates.entry(at, 7000) ? 1 : 0;
  EXPECT_EQ(alive, 2U);
}

TEST(Templates, OneThatGotNoDestIsOverAtOnce) {
  Templates templates(1024);
  const auto held = templates.hold(7, 1000);
  ASSERT_TRUE(held.has_value());
  templates.release(held->at, 1000);
  EXPECT_EQ(open(templates, 7, 1000, 3), 3U);
}

TEST(Templates, WhoBindsFirstWins) {
  Templates templates(1024);
  const auto one = templates.hold(7, 0);
  const auto two = templates.hold(7, 0);
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(templates.bind(one->at, 0, dest(1)));
  EXPECT_FALSE(templates.bind(two->at, 0, dest(2)));
  EXPECT_EQ(templates.dest(two->at), dest(1).word());
}

TEST(Templates, WhenABucketIsFullTheOneThatEndsFirstMakesWayAndHeldOnesNever) {
  Templates templates(8);                                                // two buckets
  const auto key = [](std::uint64_t n) { return (n << 33) | (n + 1); };  // all in the first
  std::vector<std::uint32_t> at(8);
  for (std::uint32_t n = 0; n < 8; ++n) EXPECT_EQ(open(templates, key(n), 1000 + n, n, &at[n]), n);
  EXPECT_FALSE(templates.hold(key(9), 2000).has_value()) << "all are held";
  for (const std::uint32_t n : {3U, 2U}) templates.release(at[n], 2000 + n);
  const auto held = templates.hold(key(9), 3000);
  ASSERT_TRUE(held.has_value());
  EXPECT_TRUE(held->evicted);
  EXPECT_EQ(held->at, at[2]);
  const auto late = templates.hold(key(10), 3000 + kTimeoutMs);
  ASSERT_TRUE(late.has_value());
  EXPECT_FALSE(late->evicted) << "its time was over";
  EXPECT_EQ(late->at, at[3]);
}

TEST(Templates, TheSweepFreesWhatIsOverAndNothingElse) {
  Templates templates(64);
  std::uint32_t held = 0;
  std::uint32_t over = 0;
  std::uint32_t alive = 0;
  open(templates, 1ULL << 32, 0, 1, &held);
  open(templates, 2ULL << 32, 0, 2, &over);
  open(templates, 3ULL << 32, 0, 3, &alive);
  templates.release(over, 0);
  templates.release(alive, 10);
  const auto slots = [&](std::uint32_t now_ms) {
    std::vector<std::uint32_t> out;
    templates.visit(now_ms, [&](const TemplateDest& d, std::uint32_t) { out.push_back(d.slot.value); });
    std::sort(out.begin(), out.end());
    return out;
  };
  EXPECT_EQ(slots(10), (std::vector<std::uint32_t>{1, 2, 3}));
  templates.sweep(templates.buckets(), kTimeoutMs);
  EXPECT_EQ(slots(10), (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(templates.dest(over), 0U);
}

/// Both words of the address and the dest tell the client, so that a listing that mixes two of them shows.
struct PerClient {
  static constexpr unsigned kClients = 24;
  static IpAddr address(unsigned client) {
    IpAddr out{{}, Family::ipv6};
    for (const std::size_t word : {0U, 8U}) {
      out.bytes[word] = 0xfd;
      out.bytes[word + 7] = static_cast<std::uint8_t>(client);
    }
    return out;
  }
  static std::uint32_t slot(unsigned client, std::uint32_t random) {
    return client + kClients * (random % 40);
  }
  static bool agrees(const Templates::Entry& entry) {
    return entry.client == address(entry.dest.slot.value % kClients);
  }
};

// Run under TSan, too. Every worker opens and ends connections of the same few clients, in so small a table
// that they push each other out, while the control thread sweeps and lists. Whoever holds a template sees one
// dest for as long as anybody holds it, and what is listed is one client's.
TEST(Templates, WorkersAgreeOnTheDestOfAClientWhileOneOfThemHoldsIt) {
  constexpr unsigned kWorkers = 4;
  constexpr unsigned kClients = PerClient::kClients;
  constexpr int kRounds = 20'000;
  Templates templates(16);
  std::atomic<std::uint32_t> clock{1};
  std::array<std::atomic<std::uint64_t>, kClients> seen{};  // holders << 32 | dest + 1
  std::atomic<unsigned> disagreements{0};
  std::atomic<unsigned> held_total{0};
  const auto enter = [&](unsigned client, std::uint32_t slot) {
    std::uint64_t now = seen[client].load();
    for (;;) {
      if (now >> 32 != 0 && static_cast<std::uint32_t>(now) != slot + 1) ++disagreements;
      const std::uint64_t next = ((now >> 32) + 1) << 32 | (slot + 1);
      if (seen[client].compare_exchange_weak(now, next)) return;
    }
  };
  const auto leave = [&](unsigned client) { seen[client].fetch_sub(std::uint64_t{1} << 32); };
  const auto work = [&](unsigned id) {
    std::mt19937 random(id);
    std::vector<std::pair<unsigned, std::uint32_t>> open_now;
    for (int round = 0; round < kRounds; ++round) {
      const std::uint32_t now = clock.fetch_add(random() % 3 == 0 ? 1 : 0) + 1;
      if (open_now.size() > 2 || (!open_now.empty() && random() % 2 == 0)) {
        const auto [client, at] = open_now.back();
        open_now.pop_back();
        leave(client);
        templates.release(at, now);
        continue;
      }
      const unsigned client = random() % kClients;
      const auto held = templates.hold(client + 1, now, PerClient::address(client));  // all in one bucket
      if (!held) continue;
      ++held_total;
      for (;;) {
        const std::uint64_t word = templates.dest(held->at);
        if (word != 0) {
          enter(client, TemplateDest::of(word).slot.value);
          break;
        }
        const auto slot = PerClient::slot(client, static_cast<std::uint32_t>(random()));
        (void)templates.bind(held->at, 0, dest(slot, 1, random() % 2));
      }
      open_now.emplace_back(client, held->at);
    }
    for (const auto& [client, at] : open_now) {
      leave(client);
      templates.release(at, clock);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned id = 0; id < kWorkers; ++id) threads.emplace_back(work, id);
  std::atomic<bool> stop{false};
  std::thread control([&] {
    while (!stop) {
      templates.sweep(templates.buckets(), clock);
      for (std::uint32_t at = 0; at < templates.places(); ++at) {
        const auto entry = templates.entry(at, clock);
        if (entry && !PerClient::agrees(*entry)) ++disagreements;
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  control.join();
  EXPECT_EQ(disagreements, 0U);
  EXPECT_GT(held_total, kRounds / 4U);
  unsigned alive = 0;
  templates.visit(clock, [&](const TemplateDest&, std::uint32_t connections) { alive += connections; });
  EXPECT_EQ(alive, 0U) << "every connection gave back its template";
}

// Clients push each other out of one bucket as fast as one worker can, while it is listed all the time.
TEST(Templates, WhatIsListedIsOneClientsWhilePlacesChangeHands) {
  constexpr std::uint32_t kRounds = 300'000;
  Templates templates(8);
  std::latch both_run(2);
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    both_run.arrive_and_wait();
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const unsigned client = round % PerClient::kClients;
      const auto held = templates.hold(client + 1, round, PerClient::address(client));
      if (!held) continue;
      (void)templates.bind(held->at, 0, dest(PerClient::slot(client, round), 1));
      templates.release(held->at, round);
    }
    stop = true;
  });
  std::uint64_t listed = 0;
  std::uint64_t mixed = 0;
  both_run.arrive_and_wait();
  do {
    for (std::uint32_t at = 0; at < 8; ++at) {
      const auto entry = templates.entry(at, kRounds);
      if (!entry) continue;
      ++listed;
      if (!PerClient::agrees(*entry)) ++mixed;
    }
  } while (!stop || listed == 0);
  worker.join();
  EXPECT_EQ(mixed, 0U) << "of " << listed << " that were listed";
}

}  // namespace
}  // namespace hvs
