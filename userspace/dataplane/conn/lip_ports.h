// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/check.h"
#include "base/counter.h"
#include "dataplane/conn/arena.h"
#include "dataplane/conn/port_words.h"
#include "model/config.h"
#include "model/ids.h"
#include "net/ip_addr.h"

namespace hvs {

/// The local ports that one worker may use. A port is unique per (LIP, dest address, dest port, protocol),
/// not per LIP, so the same port serves many dests. Each such pair has a bitmap of the ports that the worker
/// owns (PortOwners), its share of 8 KiB, taken on first use and kept. Ports are handed out in the bitmap's
/// order, round and round, so that a port just freed is the last to be used again (the dest may still be in
/// TIME_WAIT with it).
class LipPorts {
 public:
  /// Whom a bitmap serves: a single pair, the ports of a dest, or the dests of a LIP.
  enum class Sharing : std::uint8_t { none, of_dest, of_lip };
  static constexpr std::size_t kSharings = 3;
  struct PairKey {
    IpAddr lip;
    IpAddr dest;
    L4Port dest_port;
    std::uint8_t protocol = 0;
    Sharing sharing = Sharing::none;  // else of a group, whose number stands in the port's place
    friend bool operator==(const PairKey&, const PairKey&) = default;
  };
  struct Allocation {
    std::uint32_t pool = 0;  // for free_port()
    L4Port port;
    // The LIP's ports are taken from bitmaps of another Sharing, too: they do not know of one another, and a
    // port that is free in one may be in use towards the same dest by another.
    bool may_clash = false;
  };

  /// At most `max_pairs` pairs at a time: a further one takes the place of one that has no port in use, or
  /// gets no port (counted by the caller as lip_exhausted).
  LipPorts(WorkerId worker, std::shared_ptr<const PortOwners> owners, std::uint32_t max_pairs);
  /// By blocks.
  LipPorts(WorkerId worker, unsigned workers, std::uint32_t max_pairs);

  /// A free port of the pair within [low, high], or nothing.
  [[nodiscard]] std::optional<Allocation> take_port(const PairKey& pair, L4Port low, L4Port high) {
    Allocation taken;
    return take_port(pair, low, high, taken) ? std::optional(taken) : std::nullopt;
  }
  /// The same, false for nothing: an optional is read at once in larger pieces than it was written in, and
  /// the CPU waits for that.
  [[nodiscard]] bool take_port(const PairKey& pair, L4Port low, L4Port high, Allocation& out);
  /// A word of a pair's bitmap, with what take_port() knows of it.
  struct Word {
    std::uint64_t* bits = nullptr;
    std::uint64_t allowed = 0;  // PortWords::allowed()
    std::uint32_t pool = 0;
    std::uint32_t number = 0;
    std::uint32_t recycled = 0;  // places that had become another pair's by then
    L4Port first;                // by blocks: its first port
  };
  /// That of what take_port() has found within [low, high].
  [[nodiscard]] Word word_of(const Allocation& taken, L4Port low, L4Port high) const;
  /// What take_port() would find, as long as that is in this word and nobody else's. False: it may find more.
  [[nodiscard]] bool take_next_port(const Word& word, L4Port& port);
  void free_port(std::uint32_t pool, L4Port port);

  /// The same where clients may name any port of a dest: its ports share kDestGroups bitmaps of a LIP and
  /// protocol, so that no scan of a VIP uses up the pairs. A port is unique within a group.
  [[nodiscard]] bool take_port_of_dest(const PairKey& pair, L4Port low, L4Port high, Allocation& out);

  /// The same where anybody may name a dest (mode snat): dests share kGroups bitmaps of a LIP and protocol,
  /// so that no scan of the outside uses up the pairs. A port is unique within a group, and so for each dest.
  static constexpr unsigned kGroups = kSnatGroups;
  [[nodiscard]] bool take_shared_port(const PairKey& pair, L4Port low, L4Port high, Allocation& out);
  [[nodiscard]] std::optional<Allocation> take_shared_port(const PairKey& pair, L4Port low, L4Port high) {
    Allocation taken;
    return take_shared_port(pair, low, high, taken) ? std::optional(taken) : std::nullopt;
  }
  /// Of either kind of group.
  void free_shared_port(std::uint32_t pool, const PairKey& pair, L4Port port);
  [[nodiscard]] bool is_shared(std::uint32_t pool) const { return pool_memory_.as<Pool>()[pool].shared; }

  [[nodiscard]] const PortOwners& owners() const { return port_words_.owners(); }
  [[nodiscard]] std::uint32_t pairs() const { return static_cast<std::uint32_t>(pairs_.get()); }
  /// Brings pages that the next pairs will touch (Arena::bring).
  bool bring_pages();
  [[nodiscard]] std::size_t bytes_per_pair() const { return stride_; }

 private:
  /// What a connection of a known pair touches comes first, in one cache line.
  struct alignas(32) Pool {
    std::uint32_t next;    // where to look first: a word of the bitmap * 64 + a bit in it
    std::uint32_t used;    // ports taken
    PortWords::Pair rule;  // of a single pair
    bool shared;           // of a group, each of whose pairs has a rule of its own
    // Nothing was free in this range, and nothing was given back since: a flood of refusals costs no search.
    bool exhausted;
    std::uint16_t exhausted_index;  // for pairs that stand here in the rule: those of a group stand apart
    L4Port exhausted_low;
    L4Port exhausted_high;
    PairKey key;
  };
  [[nodiscard]] std::uint64_t* words(std::uint32_t pool) const;
  [[nodiscard]] PortWords::Pair shared_pair(const PairKey& pair) const;
  [[nodiscard]] inline bool take(std::uint32_t id, const PortWords::Pair& rule, L4Port low, L4Port high,
                                 Allocation& out);
  [[nodiscard]] inline bool take_next(std::uint32_t id, const PortWords::Pair& rule, L4Port low, L4Port high,
                                      Allocation& out);
  [[nodiscard]] bool take_any(std::uint32_t id, const PortWords::Pair& rule, L4Port low, L4Port high,
                              Allocation& out);
  inline void mark(std::uint32_t id, const PortWords::Pair& rule, PortWords::Place place, Allocation& out);
  void give_back(std::uint32_t id, const PortWords::Pair& rule, L4Port port);
  [[nodiscard]] bool take_of_group(const PairKey& group, const PairKey& pair, L4Port low, L4Port high,
                                   Allocation& out);
  [[nodiscard]] std::uint32_t recent_pool(const PairKey& pair);
  [[nodiscard]] std::uint32_t other_pool(const PairKey& pair);
  [[nodiscard]] std::uint32_t pool_of(const PairKey& pair);
  [[nodiscard]] std::uint32_t find_or_add(const PairKey& pair);
  [[nodiscard]] std::uint32_t& recent(const PairKey& pair);
  /// Counts a bitmap that has a port in use now, or none any more.
  void count_in_use(const PairKey& key, std::uint32_t change);
  [[nodiscard]] bool may_clash(const IpAddr& lip, Sharing mine) const {
    return HVS_UNLIKELY(in_use_[static_cast<std::size_t>(mine)] != all_in_use_) && others_use(lip, mine);
  }
  [[nodiscard]] bool others_use(const IpAddr& lip, Sharing mine) const;
  /// Frees the place of a pair that has no port in use; false when a bounded look found none.
  [[nodiscard]] bool recycle();
  void remove_from_index(std::uint32_t pool);

  static constexpr std::uint32_t kNone = 0xffffffffU;
  PortWords port_words_;
  std::uint32_t max_pairs_;
  Counter pairs_;  // places ever taken
  // By dest, or by LIP where dests share: the pair asked for last. A service's connections go to the same LIP
  // in runs, so most need no search. 16 KiB.
  static constexpr unsigned kRecentBits = 12;
  std::array<std::uint32_t, std::size_t{1} << kRecentBits> recent_{};
  // Bitmaps with a port in use, in all, by Sharing, and by LIP (its hash), too.
  std::uint32_t all_in_use_ = 0;
  std::array<std::uint32_t, kSharings> in_use_{};
  std::array<std::array<std::uint32_t, kSharings>, 64> in_use_by_lip_{};
  std::uint32_t recycled_ = kNone;  // a place that recycle() has freed
  std::uint32_t recycled_count_ = 0;
  std::uint32_t recycle_cursor_ = 0;
  std::size_t stride_;
  std::uint64_t index_mask_;
  Arena pool_memory_;
  Arena bitmap_memory_;
  Arena index_memory_;  // open addressing: pool + 1, 0 empty
};

inline bool LipPorts::take_next_port(const Word& word, L4Port& port) {
  if (HVS_UNLIKELY(in_use_[static_cast<std::size_t>(Sharing::none)] != all_in_use_ ||
                   word.recycled != recycled_count_))
    return false;
  Pool& pool = pool_memory_.as<Pool>()[word.pool];
  if (HVS_UNLIKELY(pool.next / 64 != word.number)) return false;
  const std::uint64_t free = word.allowed & ~*word.bits & ~std::uint64_t{0} << pool.next % 64;
  if (HVS_UNLIKELY(free == 0)) return false;
  const auto bit = static_cast<std::uint32_t>(std::countr_zero(free));
  *word.bits |= std::uint64_t{1} << bit;
  pool.next = word.number * 64 + bit + 1;
  if (HVS_UNLIKELY(pool.used++ == 0)) count_in_use(pool.key, 1);
  port = HVS_LIKELY(pool.rule.rss == nullptr) ? L4Port{static_cast<std::uint16_t>(word.first.value + bit)}
                                              : port_words_.port_at(pool.rule, {word.number, bit});
  return true;
}

inline std::uint64_t* LipPorts::words(std::uint32_t pool) const {
  return bitmap_memory_.as<std::uint64_t>() + std::size_t{pool} * port_words_.count();
}

inline void LipPorts::give_back(std::uint32_t id, const PortWords::Pair& rule, L4Port port) {
  Pool& pool = pool_memory_.as<Pool>()[id];
  const PortWords::Place place = port_words_.place_of(rule, port);
  const std::uint64_t bit = std::uint64_t{1} << place.bit;
  std::uint64_t& word = words(id)[place.word];
  HVS_DCHECK((word & bit) != 0);
  word &= ~bit;
  if (HVS_UNLIKELY(--pool.used == 0)) count_in_use(pool.key, ~0U);
  pool.exhausted = false;
}

inline void LipPorts::free_port(std::uint32_t pool_id, L4Port port) {
  HVS_DCHECK(pool_id < pairs());
  give_back(pool_id, pool_memory_.as<Pool>()[pool_id].rule, port);
}

}  // namespace hvs
