// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "base/check.h"
#include "base/counter.h"
#include "base/loads.h"
#include "dataplane/conn/arena.h"
#include "dataplane/conn/connection.h"
#include "dataplane/conn/server_sides.h"
#include "dataplane/conn/tag_match.h"
#include "model/names.h"

namespace hvs {

/// A worker's connections of one family: records in one array, found in both directions through buckets of
/// one cache line. Looked up a burst at a time: all buckets are fetched, then all candidate records, so that
/// the misses of a burst overlap. Nothing here allocates after construction, locks, or knows a packet.
///
/// A bucket holds 8 entries: a 16-bit tag of the hash and the record's number with the direction. A full
/// bucket spills into the next one and counts how many entries went past it, so that a lookup knows when to
/// go on and an erase leaves no tombstone.
template <typename F>
class ConnTable {
  struct Bucket;

 public:
  /// Connections that insert_ahead() may enter between two calls of settle().
  static constexpr unsigned kMaxAhead = 64;
  struct Hit {
    Connection<F>* conn = nullptr;  // nullptr: no such connection
    Direction direction = Direction::to_dest;
  };

  /// Room for `capacity` connections; memory is touched as they come. Throws std::bad_alloc.
  ConnTable(std::uint32_t capacity, const HashSecret& secret, Simd simd = Simd::automatic);

  [[nodiscard]] std::uint64_t hash(const FlowKey<F>& key) const { return hash_key(key, secret_); }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&buckets_[hash & mask_]); }
  /// Hashes and prefetches as the table does, with copies of its secret, its mask and where its buckets are:
  /// in a loop that stores keys, the compiler would load them from the table again for each.
  class Asking {
   public:
    [[nodiscard]] std::uint64_t hash(const typename F::Addr& src, const typename F::Addr& dst,
                                     std::uint32_t ports, std::uint8_t protocol) const {
      return hash_of(src, dst, ports | static_cast<std::uint64_t>(protocol) << 32, secret_);
    }
    void prefetch(std::uint64_t hash) const { __builtin_prefetch(&buckets_[hash & mask_]); }

   private:
    friend ConnTable;
    explicit Asking(const ConnTable& table)
        : secret_(table.secret_), buckets_(table.buckets_), mask_(table.mask_) {}
    HashSecret secret_;
    const Bucket* buckets_;
    std::uint64_t mask_;
  };
  [[nodiscard]] Asking asking() const { return Asking(*this); }
  /// Loads the buckets of these hashes, as many at a time as the CPU can (base/loads.h).
  void load_buckets(std::span<const std::uint64_t> hashes) const {
    load_all(hashes.size(),
             [&](std::size_t i) { return std::uint32_t{buckets_[hashes[i] & mask_].spilled}; });
  }

  /// For each key the connection and direction that it belongs to. `hashes` and `hits` are as long as `keys`;
  /// prefetch() was called for each hash; at most kMaxAhead keys. Returns how many belong to none.
  unsigned lookup_burst(std::span<const FlowKey<F>> keys, const std::uint64_t* hashes, Hit* hits) const;
  [[nodiscard]] Hit lookup(const FlowKey<F>& key) const { return lookup(key, hash(key)); }
  [[nodiscard]] Hit lookup(const FlowKey<F>& key, std::uint64_t hash) const;
  /// The same, those included that settle() has yet to enter by this key. Not for every packet.
  [[nodiscard]] Hit find(const FlowKey<F>& key) const { return find(key, hash(key)); }
  [[nodiscard]] Hit find(const FlowKey<F>& key, std::uint64_t hash) const;

  /// Entries made from now on are remembered: entered_since() asks for them.
  void mark_entries() {
    if (HVS_UNLIKELY(entered_any_)) entered_.fill(0);
    entered_any_ = false;
  }
  /// An entry of that hash may have been made since mark_entries(): what a lookup did not find before, it may
  /// find now. False is certain.
  [[nodiscard]] bool entered_since(std::uint64_t hash) const {
    return (entered_[hash / 64 % kMarkWords] >> hash % 64 & 1) != 0;
  }

  /// A zeroed record to fill in, or nullptr when the table is full. Not found by lookups before insert(). One
  /// at a time: the next one after this one was inserted or released.
  [[nodiscard]] Connection<F>* allocate();
  /// The same, filled in with what `other` is, which is in no table.
  [[nodiscard]] Connection<F>* allocate(const LooseConnection<F>& other);
  /// Says that about so many records are to be allocated next: their misses then overlap.
  void prefetch_free(unsigned count) const;

  /// Makes the record findable by its keys: two, or the client's alone where replies pass us by. False (and
  /// nothing inserted) when the buckets are full or one of the keys is taken.
  [[nodiscard]] bool insert(Connection<F>* conn);
  /// The hashes of a record's keys, by Direction.
  using Hashes = std::array<std::uint64_t, 2>;
  /// The same where both keys, of these hashes, are known to be free. False: the buckets are full.
  [[nodiscard]] bool insert_free(Connection<F>* conn, const Hashes& hashes);
  /// The same for a burst of connections whose keys are known to be free: `hash` is that of to_dest. The
  /// other key is entered by settle(). False: the buckets are full.
  [[nodiscard]] bool insert_ahead(Connection<F>* conn, std::uint64_t hash);
  /// Makes the record findable by its replies alone, or by nothing where they pass us by
  /// (Connection::one_packet). False: the buckets are full, or the key is taken.
  [[nodiscard]] bool insert_for_replies(Connection<F>* conn);
  /// Makes the record one that its replies do not find (Connection::answers_lent), so that another one may
  /// have their key; it was inserted by both keys.
  void lend_replies(Connection<F>* conn);
  /// Ends that. False: the key is taken, or the buckets are full.
  [[nodiscard]] bool take_replies_back(Connection<F>* conn);
  /// Ends insert_ahead(). Those whose buckets are full are given to `full`, which erases them.
  template <typename Full>
  void settle(Full&& full) {
    while (Connection<F>* const left = enter_ahead()) full(left);
  }
  [[nodiscard]] bool settled() const { return ahead_count_ == 0; }
  [[nodiscard]] Hashes hashes_of(const Connection<F>& conn) const {
    return {hash(conn.key(Direction::to_dest)), hash(conn.key(Direction::to_client))};
  }
  /// Takes the record out of its buckets and gives it back.
  void erase(Connection<F>* conn) { erase(conn, hashes_of(*conn)); }
  void erase(Connection<F>* conn, const Hashes& hashes);
  /// Gives back a record that was allocated and not inserted.
  void release(Connection<F>* conn);

  /// Calls `visit(conn)` for up to `count` records from `cursor` on, live ones only; `visit` may erase the
  /// record. Returns the next cursor, 0 when the end was reached. Bounded work: for expiry and for listing.
  template <typename Visit>
  std::uint32_t scan(std::uint32_t cursor, std::uint32_t count, Visit&& visit) {
    const std::uint32_t used = high_water();
    const std::uint32_t end = cursor + count < used ? cursor + count : used;
    for (; cursor < end; ++cursor) {
      Connection<F>* conn = &records_[cursor].conn;
      if (conn->idle_limit_ms != 0) visit(conn);
    }
    return cursor >= used ? 0 : cursor;
  }

  /// Records that scan_over() looks at together.
  static constexpr std::uint32_t kBlock = 64;
  /// Calls `over(conn)` for each connection of the kBlock records from `cursor` on whose time is over; `over`
  /// may not erase it yet. Returns the next cursor, 0 when the end was reached.
  template <typename Over>
  std::uint32_t scan_over(std::uint32_t cursor, std::uint32_t now_ms, Over&& over) {
    HVS_DCHECK(cursor % kBlock == 0);
    std::uint32_t& due_ms = due_ms_[cursor / kBlock];
    std::uint32_t left_ms = kLongestUndue;
    cursor = scan(cursor, kBlock, [&](Connection<F>* conn) {
      if (HVS_UNLIKELY(conn->expired(now_ms))) return over(conn);
      left_ms = std::min(left_ms, conn->idle_limit_ms - (now_ms - conn->stamp_ms));
    });
    due_ms = now_ms + left_ms + 1;
    return cursor;
  }
  /// Says that the block from `cursor` on is looked at next.
  void prefetch_block(std::uint32_t cursor) const {
    for (std::uint32_t i = 0; i < kBlock; ++i) __builtin_prefetch(&records_[cursor + i].conn.stamp_ms);
  }
  /// Nothing in the block from `cursor` on is over yet: scan_over() would find nothing.
  [[nodiscard]] bool undue(std::uint32_t cursor, std::uint32_t now_ms) const {
    return static_cast<std::int32_t>(due_ms_[cursor / kBlock] - now_ms) > 0;
  }
  /// Sets after how long a silence the connection ends. No limit is set in another way, so that the block
  /// knows.
  void limit_idle(Connection<F>& conn, std::uint32_t limit_ms, std::uint32_t now_ms) {
    conn.idle_limit_ms = limit_ms;
    const std::uint32_t over_ms = now_ms + std::min(limit_ms, kLongestUndue) + 1;
    std::uint32_t& due_ms = due_ms_[index_of(&conn) / kBlock];
    if (static_cast<std::int32_t>(due_ms - over_ms) > 0) due_ms = over_ms;
  }
  /// The record's number, below capacity().
  [[nodiscard]] std::uint32_t index_of(const Connection<F>* conn) const {
    return static_cast<std::uint32_t>(reinterpret_cast<const Record<F>*>(conn) - records_);
  }

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(size_.get()); }
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  /// Tags are compared by vector instructions.
  [[nodiscard]] bool vectors() const { return vector_; }
  /// Records beyond this number have never been used.
  [[nodiscard]] std::uint32_t high_water() const { return static_cast<std::uint32_t>(high_water_.get()); }
  /// Brings pages that the next connections will touch (Arena::bring): buckets are hit at random, records one
  /// after the other.
  bool bring_pages();
  /// Bytes reserved, buckets included.
  [[nodiscard]] std::size_t reserved_bytes() const {
    return bucket_memory_.bytes() + record_memory_.bytes() + free_memory_.bytes() + due_memory_.bytes();
  }
  static std::size_t bytes_for(std::uint32_t capacity);

 private:
  static constexpr unsigned kSlots = kTagsPerBucket;
  struct alignas(64) Bucket {
    std::uint16_t tag[kSlots];    // 0: empty
    std::uint32_t entry[kSlots];  // record << 1 | direction
    std::uint16_t spilled;        // entries that live in later buckets because this one was full
  };
  static_assert(sizeof(Bucket) == 64);

  static std::uint16_t tag_of(std::uint64_t hash) { return static_cast<std::uint16_t>(hash >> 48 | 1); }
  template <bool vector>
  static unsigned match(const Bucket& bucket, std::uint16_t tag) {
    if constexpr (vector) return match_tags_vector(bucket.tag, tag);
    return match_tags_portable(bucket.tag, tag);
  }
  [[nodiscard]] unsigned match(const Bucket& bucket, std::uint16_t tag) const {
    return vector_ ? match<true>(bucket, tag) : match<false>(bucket, tag);
  }
  [[nodiscard]] bool forget_ahead(const Connection<F>* conn);
  static std::size_t bucket_count(std::uint32_t capacity);
  static constexpr std::uint32_t kNoEntry = 0xffffffffU;
  static constexpr std::uint32_t kLongestUndue = 1U << 30;  // ms; times are compared by their difference
  template <bool vector>
  void candidates(std::span<const std::uint64_t> hashes, bool two_lines, std::uint32_t* entries) const;
  void load_records(std::span<const std::uint32_t> entries, bool two_lines) const;
  template <bool vector>
  [[nodiscard]] std::uint32_t spilled_candidate(std::uint64_t hash) const;
  [[nodiscard]] bool insert_entry(std::uint64_t hash, std::uint32_t entry);
  void remember_entry(std::uint64_t hash) {
    entered_[hash / 64 % kMarkWords] |= std::uint64_t{1} << hash % 64;
    entered_any_ = true;
  }
  [[nodiscard]] bool insert_spilled(std::uint64_t hash, std::uint32_t entry);
  [[nodiscard]] bool erase_from(Bucket& bucket, std::uint16_t tag, std::uint32_t entry);
  void erase_entry(std::uint64_t hash, std::uint32_t entry);
  void erase_spilled(std::uint64_t hash, std::uint32_t entry);
  [[nodiscard]] Connection<F>* enter_ahead();
  void keep_side(Connection<F>& conn) {
    if constexpr (F::family == Family::ipv6) sides_.keep(conn, reinterpret_cast<Record<F>&>(conn).own);
  }
  static std::size_t record_bytes(std::uint32_t capacity);
  [[nodiscard]] Connection<F>* next_free();

  HashSecret secret_;
  bool vector_;
  std::uint32_t capacity_;
  Counter size_;  // read by the control thread, too, as is the next one
  Counter high_water_;
  std::uint32_t free_count_ = 0;
  std::uint64_t mask_;
  Arena bucket_memory_;
  Arena record_memory_;
  Arena free_memory_;
  Arena due_memory_;
  Bucket* buckets_;
  Record<F>* records_;
  struct NoSides {
    explicit NoSides(void* /*memory*/) {}
  };
  [[no_unique_address]] std::conditional_t<F::family == Family::ipv6, ServerSides, NoSides> sides_;
  std::uint32_t* due_ms_;  // by block: nothing in it is over before that time, at most kLongestUndue away
  std::uint32_t* free_;    // a stack of numbers of records that were given back
  static constexpr unsigned kMarkWords = 16;
  std::array<std::uint64_t, kMarkWords> entered_{};  // a bit for each hash's lowest bits
  bool entered_any_ = false;
  unsigned ahead_count_ = 0;
  std::array<Connection<F>*, kMaxAhead> ahead_;
};

/// A record that is not in use, counted as one that is.
template <typename F>
[[gnu::always_inline]] inline Connection<F>* ConnTable<F>::next_free() {
  std::uint32_t index = 0;
  if (free_count_ != 0) {
    index = free_[--free_count_];
  } else if (high_water() < capacity_) {
    index = high_water();
    high_water_.inc();
    free_[index] = 0;  // its page comes with the record's, not when connections end
  } else {
    return nullptr;
  }
  size_.inc();
  return &records_[index].conn;
}

template <typename F>
[[gnu::always_inline]] inline Connection<F>* ConnTable<F>::allocate(const LooseConnection<F>& other) {
  Connection<F>* const conn = next_free();
  if (conn == nullptr) return nullptr;
  if constexpr (F::family == Family::ipv6) sides_.begin(*conn);
  conn->become(other);
  return conn;
}

template <typename F>
[[gnu::always_inline]] inline bool ConnTable<F>::insert_entry(std::uint64_t hash, std::uint32_t entry) {
  remember_entry(hash);
  Bucket& bucket = buckets_[hash & mask_];
  const unsigned empty = match(bucket, 0);
  if (HVS_UNLIKELY(empty == 0)) return insert_spilled(hash, entry);
  const int slot = std::countr_zero(empty);
  bucket.tag[slot] = tag_of(hash);
  bucket.entry[slot] = entry;
  return true;
}

template <typename F>
[[gnu::always_inline]] inline bool ConnTable<F>::insert_ahead(Connection<F>* conn, std::uint64_t hash_dest) {
  HVS_DCHECK(conn->idle_limit_ms != 0);
  if (HVS_UNLIKELY(ahead_count_ == kMaxAhead) || !insert_entry(hash_dest, index_of(conn) << 1)) return false;
  keep_side(*conn);
  if (sees_replies(conn->mode)) ahead_[ahead_count_++] = conn;
  return true;
}

extern template class ConnTable<V4>;
extern template class ConnTable<V6>;

}  // namespace hvs
