// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "dataplane/conn/arena.h"
#include "model/ids.h"
#include "model/max_persistence.h"
#include "net/ip_addr.h"

namespace hvs {

/// The dest that a template names, in one word: slot, incarnation and timeout. A slot that was given to
/// another dest is told by `incarnation`.
struct TemplateDest {
  DestSlot slot;
  std::uint64_t incarnation = 0;
  std::uint32_t timeout_s = 0;  // at most kMaxPersistence

  static constexpr unsigned kTimeoutBits = 22;
  static constexpr unsigned kIncarnationBits = 21;
  static constexpr std::uint64_t kTimeouts = (std::uint64_t{1} << kTimeoutBits) - 1;
  static constexpr std::uint64_t kIncarnations = (std::uint64_t{1} << kIncarnationBits) - 1;
  [[nodiscard]] std::uint64_t word() const {
    return std::uint64_t{slot.value + 1} << (kIncarnationBits + kTimeoutBits) |
           (incarnation & kIncarnations) << kTimeoutBits | timeout_s;
  }
  /// Of a word that is not 0.
  static TemplateDest of(std::uint64_t word) {
    return {DestSlot{static_cast<std::uint32_t>(word >> (kIncarnationBits + kTimeoutBits)) - 1},
            word >> kTimeoutBits & kIncarnations, static_cast<std::uint32_t>(word & kTimeouts)};
  }
  [[nodiscard]] bool names(DestSlot other, std::uint64_t its_incarnation) const {
    return slot == other && incarnation == (its_incarnation & kIncarnations);
  }
};
static_assert(kMaxDests < 1U << (64 - TemplateDest::kIncarnationBits - TemplateDest::kTimeoutBits));
static_assert(kMaxPersistence.count() <= static_cast<std::int64_t>(TemplateDest::kTimeouts));

/// Which dest a client of a persistent service has: one table for all workers, without locks, of a size that
/// is fixed at the start. Touched when a connection to such a service opens or ends, never for a packet.
///
/// A template is known by a keyed hash of service and client, in a bucket of eight. It is held by the
/// connections that were opened through it, and ends its timeout after the last of them has ended. When all
/// eight are in use, the one that would end first makes way, unless connections hold it (docs/adr/0014).
class Templates {
 public:
  /// For about `clients` at once. Memory is touched as they come.
  explicit Templates(std::uint32_t clients = kDefaultClients, SipKey secret = {});

  static constexpr std::uint32_t kDefaultClients = 65536;
  static constexpr std::size_t kBytesPerClient = 80;

  /// `client` is masked. Never 0.
  [[nodiscard]] std::uint64_t key_of(ServiceSlot service, std::uint64_t incarnation,
                                     const IpAddr& client) const;

  struct Held {
    std::uint32_t at = 0;  // for the calls below
    bool evicted = false;  // another client's made way
  };
  /// The template of `key`, held by one more connection; a new one, without dest, when there is none or its
  /// time is over. Nothing when all places are held by connections. `client` is what a listing shows.
  [[nodiscard]] std::optional<Held> hold(std::uint64_t key, std::uint32_t now_ms, const IpAddr& client = {});
  /// Its dest's word; 0: none yet.
  [[nodiscard]] std::uint64_t dest(std::uint32_t at) const {
    return dest_at(at).load(std::memory_order_acquire);
  }
  /// Gives it another dest, unless somebody did so since `seen` was read.
  [[nodiscard]] bool bind(std::uint32_t at, std::uint64_t seen, const TemplateDest& to) {
    return dest_at(at).compare_exchange_strong(seen, to.word(), std::memory_order_acq_rel);
  }
  /// A connection has ended, or was not to be: the timeout begins when it was the last.
  void release(std::uint32_t at, std::uint32_t now_ms);

  /// Frees templates whose time is over among `count` buckets; by the control thread, which calls it often
  /// enough that no stamp grows so old that it looks young.
  void sweep(std::uint32_t count, std::uint32_t now_ms);
  [[nodiscard]] std::uint32_t buckets() const { return mask_ + 1; }

  /// Calls `visit(TemplateDest, connections)` for those that are alive, while workers go on.
  template <typename Visit>
  void visit(std::uint32_t now_ms, Visit&& visit) const {
    for (std::uint32_t at = 0; at < places(); ++at) {
      const std::uint64_t life = life_at(at).load(std::memory_order_acquire);
      const std::uint64_t word = dest(at);
      if (word == 0 || is_busy(life) || (refs_of(life) == 0 && is_over(life, now_ms))) continue;
      visit(TemplateDest::of(word), refs_of(life));
    }
  }

  struct Entry {
    TemplateDest dest;
    IpAddr client;                  // masked
    std::uint32_t connections = 0;  // that hold it
    std::uint32_t left_ms = 0;      // of its timeout, which begins with the last of them
  };
  /// What is in place `at` of places(), if it is alive and stays the same client's meanwhile.
  [[nodiscard]] std::optional<Entry> entry(std::uint32_t at, std::uint32_t now_ms) const;
  [[nodiscard]] std::uint32_t places() const { return buckets() * kWays; }

 private:
  static constexpr unsigned kWays = 8;
  struct alignas(64) Bucket {
    std::array<std::atomic<std::uint64_t>, kWays> keys;   // 0: free
    std::array<std::atomic<std::uint64_t>, kWays> dests;  // TemplateDest; written by holders
    std::array<std::atomic<std::uint64_t>, kWays> lives;  // busy << 63 | connections << 32 | end
    // The addresses, IPv4 mapped into IPv6: for listings alone, so what opens connections does not read them.
    std::array<std::array<std::atomic<std::uint64_t>, 2>, kWays> clients;
  };
  static_assert(sizeof(Bucket) == kWays * kBytesPerClient / 2);

  static constexpr std::uint64_t kBusy = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kOne = std::uint64_t{1} << 32;
  static bool is_busy(std::uint64_t life) { return (life & kBusy) != 0; }
  static std::uint32_t refs_of(std::uint64_t life) { return static_cast<std::uint32_t>(life >> 32); }
  /// Stamps of 32 bits wrap around after 49.7 days. Of these 37 lie ahead, more than any timeout and the
  /// little by which one worker's clock is behind another's, and 12 behind: the sweep comes by every minute.
  static constexpr std::uint32_t kAheadMs = 3U << 30;
  static_assert(std::chrono::milliseconds(kMaxPersistence) + std::chrono::hours(24) <
                std::chrono::milliseconds(kAheadMs));
  static std::uint32_t left_ms(std::uint64_t life, std::uint32_t now_ms) {
    const std::uint32_t left = static_cast<std::uint32_t>(life) - now_ms;
    return left < kAheadMs ? left : 0;
  }
  static bool is_over(std::uint64_t life, std::uint32_t now_ms) { return left_ms(life, now_ms) == 0; }

  struct Look {
    enum class Kind { found, victim, again, full };
    Kind kind = Kind::full;
    unsigned way = 0;
    std::uint64_t life = 0;
    bool alive = false;
  };
  [[nodiscard]] Look look(const Bucket& bucket, std::uint64_t key, std::uint32_t now_ms) const;
  [[nodiscard]] bool take_found(Bucket& bucket, const Look& found, std::uint64_t key);
  [[nodiscard]] bool take_victim(Bucket& bucket, const Look& victim, std::uint64_t key, const IpAddr& client,
                                 std::uint32_t now_ms);
  [[nodiscard]] static bool entered_twice(Bucket& bucket, unsigned way, std::uint64_t key);

  [[nodiscard]] Bucket& bucket_of(std::uint32_t at) const { return memory_.as<Bucket>()[at / kWays]; }
  [[nodiscard]] std::atomic<std::uint64_t>& dest_at(std::uint32_t at) const {
    return bucket_of(at).dests[at % kWays];
  }
  [[nodiscard]] std::atomic<std::uint64_t>& life_at(std::uint32_t at) const {
    return bucket_of(at).lives[at % kWays];
  }

  SipKey secret_;
  std::uint32_t mask_;
  Arena memory_;
  std::uint32_t sweep_at_ = 0;
};

}  // namespace hvs
