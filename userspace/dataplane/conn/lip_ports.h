// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
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
  [[nodiscard]] bool is_shared(std::uint32_t pool) const {
    return pool_memory_.as<Pool>()[pool].key.sharing != Sharing::none;
  }

  [[nodiscard]] const PortOwners& owners() const { return port_words_.owners(); }
  [[nodiscard]] std::uint32_t pairs() const { return static_cast<std::uint32_t>(pairs_.get()); }
  /// Brings pages that the next pairs will touch (Arena::bring).
  bool bring_pages();
  [[nodiscard]] std::size_t bytes_per_pair() const { return stride_; }

 private:
  struct Pool {
    PairKey key;
    std::uint32_t next;  // where to look first: a word of the bitmap * 64 + a bit in it
    std::uint32_t used;  // ports taken
    // Nothing was free in this range, and nothing was given back since: a flood of refusals costs no search.
    bool exhausted;
    std::uint16_t index;  // PortWords::Pair's
    L4Port exhausted_low;
    L4Port exhausted_high;
    std::uint16_t exhausted_index;  // for pairs that stand here in the rule: those of a group stand apart
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
  [[nodiscard]] PortWords::Pair pair_of(const Pool& pool) const;

  static constexpr std::uint32_t kNone = 0xffffffffU;
  PortWords port_words_;
  std::uint32_t max_pairs_;
  Counter pairs_;  // places ever taken
  // By dest: the pair asked for last. A service's connections go to the same LIP in runs, so most need no
  // search. 16 KiB.
  static constexpr unsigned kRecentBits = 12;
  std::array<std::uint32_t, std::size_t{1} << kRecentBits> recent_{};
  // Bitmaps with a port in use, in all, by Sharing, and by LIP (its hash), too.
  std::uint32_t all_in_use_ = 0;
  std::array<std::uint32_t, kSharings> in_use_{};
  std::array<std::array<std::uint32_t, kSharings>, 64> in_use_by_lip_{};
  std::uint32_t recycled_ = kNone;  // a place that recycle() has freed
  std::uint32_t recycle_cursor_ = 0;
  std::size_t stride_;
  std::uint64_t index_mask_;
  Arena pool_memory_;
  Arena bitmap_memory_;
  Arena index_memory_;  // open addressing: pool + 1, 0 empty
};

}  // namespace hvs
