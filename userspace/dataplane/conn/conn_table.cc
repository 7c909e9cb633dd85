// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/conn_table.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/loads.h"

namespace hvs {

namespace {
/// A probe may look at this many buckets; at the load that bucket_count() keeps, more is never needed.
constexpr unsigned kMaxProbe = 64;
}  // namespace

template <typename F>
std::size_t ConnTable<F>::bucket_count(std::uint32_t capacity) {
  // Two entries per connection, at most 75 % of the slots in use.
  const std::size_t slots = std::size_t{capacity} * 2 * 4 / 3;
  return std::bit_ceil(slots / kSlots + 1);
}

template <typename F>
std::size_t ConnTable<F>::bytes_for(std::uint32_t capacity) {
  return bucket_count(capacity) * sizeof(Bucket) + record_bytes(capacity) +
         std::size_t{capacity} * sizeof(std::uint32_t) +
         (capacity / kBlock + std::size_t{1}) * sizeof(std::uint32_t);
}

template <typename F>
std::size_t ConnTable<F>::record_bytes(std::uint32_t capacity) {
  return std::size_t{capacity} * sizeof(Record<F>) + (F::family == Family::ipv6 ? ServerSides::kBytes : 0);
}

template <typename F>
ConnTable<F>::ConnTable(std::uint32_t capacity, const HashSecret& secret, Simd simd)
    : secret_(secret),
      vector_(kHasVectorTags && simd != Simd::off),
      capacity_(capacity),
      mask_(bucket_count(capacity) - 1),
      bucket_memory_(bucket_count(capacity) * sizeof(Bucket)),
      record_memory_(record_bytes(capacity)),
      free_memory_(std::size_t{capacity} * sizeof(std::uint32_t)),
      due_memory_((capacity / kBlock + std::size_t{1}) * sizeof(std::uint32_t)),
      buckets_(bucket_memory_.as<Bucket>()),
      records_(record_memory_.as<Record<F>>()),
      sides_(records_ + capacity),
      due_ms_(due_memory_.as<std::uint32_t>()),
      free_(free_memory_.as<std::uint32_t>()) {
  HVS_CHECK(capacity > 0 && capacity < (F::family == Family::ipv6 ? 1U << 29 : 1U << 31));
}

template <typename F>
typename ConnTable<F>::Hit ConnTable<F>::lookup(const FlowKey<F>& key, std::uint64_t hash) const {
  const std::uint16_t tag = tag_of(hash);
  for (std::uint64_t b = hash, probe = 0; probe < kMaxProbe; ++b, ++probe) {
    const Bucket& bucket = buckets_[b & mask_];
    for (unsigned bits = match(bucket, tag); bits != 0; bits &= bits - 1) {
      const std::uint32_t entry = bucket.entry[std::countr_zero(bits)];
      Connection<F>* conn = &records_[entry >> 1].conn;
      const auto direction = static_cast<Direction>(entry & 1U);
      if (conn->has_key(direction, key)) return {conn, direction};
    }
    if (HVS_LIKELY(bucket.spilled == 0)) break;
  }
  return {};
}

template <typename F>
typename ConnTable<F>::Hit ConnTable<F>::find(const FlowKey<F>& key, std::uint64_t hash) const {
  for (unsigned i = 0; i < ahead_count_; ++i) {
    if (ahead_[i]->has_key(Direction::to_client, key)) return {ahead_[i], Direction::to_client};
  }
  return lookup(key, hash);
}

/// For each hash the first entry with its tag, nearly always the right one; its record is being fetched.
template <typename F>
template <bool vector>
void ConnTable<F>::candidates(std::span<const std::uint64_t> hashes, bool two_lines,
                              std::uint32_t* entries) const {
  const Bucket* const buckets = buckets_;
  const Record<F>* const records = records_;
  const std::uint64_t mask = mask_;
#pragma GCC unroll 4
  for (const std::uint64_t hash : hashes) {
    const Bucket& bucket = buckets[hash & mask];
    const unsigned bits = match<vector>(bucket, tag_of(hash));
    std::uint32_t entry = kNoEntry;
    if (HVS_LIKELY(bits != 0)) {
      entry = bucket.entry[static_cast<unsigned>(std::countr_zero(bits))];
    } else if (bucket.spilled == 0 || (entry = spilled_candidate<vector>(hash)) == kNoEntry) {
      *entries++ = kNoEntry;
      continue;
    }
    *entries++ = entry;
    const Record<F>& record = records[entry >> 1];
    __builtin_prefetch(&record, 1);
    if constexpr (F::family == Family::ipv6) {
      if (HVS_UNLIKELY(two_lines)) __builtin_prefetch(&record.own, 1);
    }
  }
}

/// The same for one hash, beyond its own bucket.
template <typename F>
template <bool vector>
[[gnu::noinline]] std::uint32_t ConnTable<F>::spilled_candidate(std::uint64_t hash) const {
  for (unsigned probe = 1; probe < kMaxProbe; ++probe) {
    const Bucket& bucket = buckets_[(hash + probe) & mask_];
    const unsigned bits = match<vector>(bucket, tag_of(hash));
    if (bits != 0) return bucket.entry[static_cast<unsigned>(std::countr_zero(bits))];
    if (bucket.spilled == 0) break;
  }
  return kNoEntry;
}

/// Loads the records of these entries, as many at a time as the CPU can (base/loads.h).
template <typename F>
void ConnTable<F>::load_records(std::span<const std::uint32_t> entries, bool two_lines) const {
  const auto record = [&](std::size_t i) -> const Connection<F>& {
    return records_[entries[i] == kNoEntry ? 0 : entries[i] >> 1].conn;
  };
  if constexpr (F::family == Family::ipv6) {
    if (HVS_UNLIKELY(two_lines))
      return load_all(entries.size(), [&](std::size_t i) { return record(i).service().value; });
  }
  load_all(entries.size(), [&](std::size_t i) { return record(i).idle_limit_ms; });
}

template <typename F>
unsigned ConnTable<F>::lookup_burst(std::span<const FlowKey<F>> keys, const std::uint64_t* hashes,
                                    Hit* hits) const {
  HVS_DCHECK(keys.size() <= kMaxAhead);
  std::uint32_t entries[kMaxAhead];
  bool two_lines = false;
  // Fetched for nearly all it costs more than a miss of few.
  if constexpr (F::family == Family::ipv6) two_lines = sides_.own_count() > size() / 16;
  if (HVS_LIKELY(vector_)) {
    candidates<true>({hashes, keys.size()}, two_lines, entries);
  } else {
    candidates<false>({hashes, keys.size()}, two_lines, entries);
  }
  load_records({entries, keys.size()}, two_lines);
  unsigned misses = 0;
  Record<F>* const records = records_;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint32_t entry = entries[i];
    Connection<F>* conn = &records[entry >> 1].conn;
    const auto direction = static_cast<Direction>(entry & 1U);
    if (HVS_LIKELY(entry != kNoEntry && conn->has_key(direction, keys[i]))) {
      hits[i] = {conn, direction};
      continue;
    }
    hits[i] = entry == kNoEntry ? Hit{} : lookup(keys[i], hashes[i]);
    if (hits[i].conn == nullptr) ++misses;
  }
  return misses;
}

template <typename F>
Connection<F>* ConnTable<F>::allocate() {
  Connection<F>* const conn = next_free();
  if (conn == nullptr) return nullptr;
  new (conn) Connection<F>{};
  if constexpr (F::family == Family::ipv6) sides_.begin(*conn);
  return conn;
}

template <typename F>
void ConnTable<F>::release(Connection<F>* conn) {
  if constexpr (F::family == Family::ipv6) sides_.leave(*conn, reinterpret_cast<Record<F>*>(conn)->own);
  conn->idle_limit_ms = 0;
  free_[free_count_++] = index_of(conn);
  size_.dec();
}

template <typename F>
bool ConnTable<F>::bring_pages() {
  // So many more connections find their pages there, until the next call: 2 ms later
  // (daemon/housekeeping.cc).
  constexpr std::size_t kAhead = 65536;
  const std::size_t next = high_water() + kAhead;
  return bucket_memory_.bring(bucket_memory_.bytes()) || record_memory_.bring(next * sizeof(Record<F>)) ||
         free_memory_.bring(next * sizeof(std::uint32_t));
}

template <typename F>
void ConnTable<F>::prefetch_free(unsigned count) const {
  for (unsigned i = 0; i < count; ++i) {
    const bool used_before = i < free_count_;
    const std::uint32_t next = used_before ? free_[free_count_ - 1 - i] : high_water() + (i - free_count_);
    if (next >= capacity_) return;
    __builtin_prefetch(&records_[next], 1);
  }
  // For the next time.
  if (free_count_ > 2 * count) __builtin_prefetch(&free_[free_count_ - 2 * count]);
}

/// Beyond the hash's own bucket, which is full.
template <typename F>
[[gnu::noinline]] bool ConnTable<F>::insert_spilled(std::uint64_t hash, std::uint32_t entry) {
  for (std::uint64_t b = hash + 1, probe = 1; probe < kMaxProbe; ++b, ++probe) {
    Bucket& bucket = buckets_[b & mask_];
    const unsigned empty = match(bucket, 0);
    if (empty == 0) continue;
    const int slot = std::countr_zero(empty);
    bucket.tag[slot] = tag_of(hash);
    bucket.entry[slot] = entry;
    for (std::uint64_t passed = hash; passed != b; ++passed) ++buckets_[passed & mask_].spilled;
    return true;
  }
  return false;
}

/// False: the entry is not in this bucket.
template <typename F>
[[gnu::always_inline]] inline bool ConnTable<F>::erase_from(Bucket& bucket, std::uint16_t tag,
                                                            std::uint32_t entry) {
  for (unsigned bits = match(bucket, tag); bits != 0; bits &= bits - 1) {
    const int slot = std::countr_zero(bits);
    if (bucket.entry[slot] != entry) continue;
    bucket.tag[slot] = 0;
    return true;
  }
  return false;
}

template <typename F>
[[gnu::always_inline]] inline void ConnTable<F>::erase_entry(std::uint64_t hash, std::uint32_t entry) {
  if (HVS_UNLIKELY(!erase_from(buckets_[hash & mask_], tag_of(hash), entry))) erase_spilled(hash, entry);
}

template <typename F>
[[gnu::noinline]] void ConnTable<F>::erase_spilled(std::uint64_t hash, std::uint32_t entry) {
  for (std::uint64_t b = hash + 1, probe = 1; probe < kMaxProbe; ++b, ++probe) {
    if (!erase_from(buckets_[b & mask_], tag_of(hash), entry)) continue;
    for (std::uint64_t passed = hash; passed != b; ++passed) --buckets_[passed & mask_].spilled;
    return;
  }
  HVS_CHECK(!"connection entry not found");
}

/// Enters those that were inserted ahead by their second keys. Nullptr: all of them; else the first whose
/// buckets are full, which is the first of those left.
template <typename F>
Connection<F>* ConnTable<F>::enter_ahead() {
  // Hashed here, too, and not when the record was written field by field: wide loads would wait for that.
  std::array<std::uint64_t, kMaxAhead> hashes;
  const unsigned count = ahead_count_;
  for (unsigned i = 0; i < count; ++i) hashes[i] = hash(ahead_[i]->key(Direction::to_client));
  load_buckets({hashes.data(), count});
  // In the order of asking, so that each has come as far.
  for (unsigned i = 0; i < count; ++i) {
    if (HVS_LIKELY(insert_entry(hashes[i], index_of(ahead_[i]) << 1 | 1U))) continue;
    std::copy(ahead_.begin() + i, ahead_.begin() + count, ahead_.begin());
    ahead_count_ = count - i;
    return ahead_[0];
  }
  ahead_count_ = 0;
  return nullptr;
}

template <typename F>
bool ConnTable<F>::insert(Connection<F>* conn) {
  HVS_DCHECK(conn->idle_limit_ms != 0);
  const FlowKey<F> to_dest = conn->key(Direction::to_dest);
  const FlowKey<F> to_client = conn->key(Direction::to_client);
  const Hashes hashes = {hash(to_dest), hash(to_client)};
  if (lookup(to_dest, hashes[0]).conn != nullptr ||
      (sees_replies(conn->mode) && find(to_client, hashes[1]).conn != nullptr))
    return false;
  return insert_free(conn, hashes);
}

template <typename F>
bool ConnTable<F>::insert_free(Connection<F>* conn, const Hashes& hashes) {
  HVS_DCHECK(conn->idle_limit_ms != 0);
  const std::uint32_t index = index_of(conn);
  if (!insert_entry(hashes[0], index << 1)) return false;
  if (sees_replies(conn->mode) && !insert_entry(hashes[1], index << 1 | 1U)) {
    erase_entry(hashes[0], index << 1);
    return false;
  }
  keep_side(*conn);
  return true;
}

template <typename F>
bool ConnTable<F>::insert_for_replies(Connection<F>* conn) {
  HVS_DCHECK(conn->idle_limit_ms != 0 && conn->one_packet);
  if (sees_replies(conn->mode)) {
    const FlowKey<F> key = conn->key(Direction::to_client);
    const std::uint64_t hash_client = hash(key);
    if (find(key).conn != nullptr || !insert_entry(hash_client, index_of(conn) << 1 | 1U)) return false;
  }
  keep_side(*conn);
  return true;
}

template <typename F>
void ConnTable<F>::lend_replies(Connection<F>* conn) {
  HVS_DCHECK(sees_replies(conn->mode) && !conn->one_packet && !conn->answers_lent);
  if (!forget_ahead(conn)) erase_entry(hash(conn->key(Direction::to_client)), index_of(conn) << 1 | 1U);
  conn->answers_lent = true;
}

template <typename F>
bool ConnTable<F>::take_replies_back(Connection<F>* conn) {
  HVS_DCHECK(conn->answers_lent);
  const FlowKey<F> key = conn->key(Direction::to_client);
  if (find(key).conn != nullptr || !insert_entry(hash(key), index_of(conn) << 1 | 1U)) return false;
  conn->answers_lent = false;
  return true;
}

/// True when the record was not yet entered by its second key.
template <typename F>
bool ConnTable<F>::forget_ahead(const Connection<F>* conn) {
  for (unsigned i = 0; i < ahead_count_; ++i) {
    if (ahead_[i] != conn) continue;
    ahead_[i] = ahead_[--ahead_count_];
    return true;
  }
  return false;
}

template <typename F>
void ConnTable<F>::erase(Connection<F>* conn, const Hashes& hashes) {
  const std::uint32_t index = index_of(conn);
  if (!conn->one_packet) erase_entry(hashes[0], index << 1);
  if (sees_replies(conn->mode) && !conn->answers_lent && !forget_ahead(conn))
    erase_entry(hashes[1], index << 1 | 1U);
  release(conn);
}

template class ConnTable<V4>;
template class ConnTable<V6>;

}  // namespace hvs
