// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/lip_ports.h"

#include <bit>
#include <utility>

#include "base/check.h"

namespace hvs {

namespace {
std::uint64_t hash_pair(const LipPorts::PairKey& k) {
  std::uint64_t h = std::hash<IpAddr>{}(k.lip) * 0x9fb21c651e98df25ULL;
  h = (h ^ (h >> 31) ^ std::hash<IpAddr>{}(k.dest)) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 29) ^ k.dest_port.value ^ (std::uint64_t{k.protocol} << 16)) * 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 32);
}
}  // namespace

LipPorts::LipPorts(WorkerId worker, std::shared_ptr<const PortOwners> owners, std::uint32_t max_pairs)
    : port_words_(std::move(owners), worker),
      max_pairs_(max_pairs),
      stride_(std::size_t{port_words_.count()} * sizeof(std::uint64_t)),
      index_mask_(std::bit_ceil(std::uint64_t{max_pairs} * 2 + 2) - 1),
      pool_memory_(std::size_t{max_pairs} * sizeof(Pool)),
      bitmap_memory_(std::size_t{max_pairs} * stride_),
      index_memory_((index_mask_ + 1) * sizeof(std::uint32_t)) {
  HVS_CHECK(max_pairs <= 1U << 16);  // Connection::port_pool
}

LipPorts::LipPorts(WorkerId worker, unsigned workers, std::uint32_t max_pairs)
    : LipPorts(worker, std::make_shared<const PortOwners>(workers), max_pairs) {}

bool LipPorts::bring_pages() {
  constexpr std::size_t kAhead = 512;
  const std::size_t next = pairs() + kAhead;
  return bitmap_memory_.bring(next * stride_) || pool_memory_.bring(next * sizeof(Pool)) ||
         index_memory_.bring(index_memory_.bytes());
}

std::uint32_t LipPorts::find_or_add(const PairKey& pair) {
  auto* index = index_memory_.as<std::uint32_t>();
  auto* pools = pool_memory_.as<Pool>();
  std::uint64_t i = hash_pair(pair) & index_mask_;
  for (; index[i] != 0; i = (i + 1) & index_mask_) {
    if (pools[index[i] - 1].key == pair) return index[i] - 1;
  }
  std::uint32_t place = pairs();
  if (place < max_pairs_) {
    pairs_.inc();
  } else {
    if (!recycle()) return kNone;
    place = std::exchange(recycled_, kNone);
    // The index has moved.
    for (i = hash_pair(pair) & index_mask_; index[i] != 0; i = (i + 1) & index_mask_) {
    }
  }
  const RssPorts* rss = port_words_.rss(pair.lip.family, pair.protocol);
  const std::uint16_t hashed = rss == nullptr ? 0 : rss->pair_index(pair.dest, pair.dest_port, pair.lip);
  // Whom the place belonged to may have been this pair, whose dest still remembers the last port.
  const bool shared = pair.sharing != Sharing::none;
  pools[place] = Pool{pools[place].next, 0, {rss, hashed}, shared, false, 0, {}, {}, pair};
  index[i] = place + 1;
  return place;
}

std::uint32_t& LipPorts::recent(const PairKey& pair) {
  // Groups of a LIP's dests have no dest, and inside hosts of a burst have many LIPs.
  const IpAddr& by = pair.sharing == Sharing::of_lip ? pair.lip : pair.dest;
  return recent_[(std::hash<IpAddr>{}(by) ^ pair.dest_port.value * 0x9e3779b97f4a7c15ULL) >>
                 (64 - kRecentBits)];
}

[[gnu::noinline]] void LipPorts::count_in_use(const PairKey& key, std::uint32_t change) {
  const auto kind = static_cast<std::size_t>(key.sharing);
  all_in_use_ += change;
  in_use_[kind] += change;
  in_use_by_lip_[std::hash<IpAddr>{}(key.lip) >> 58][kind] += change;
}

/// By the LIP's hash: true may be said of one that only stands beside such a one.
[[gnu::noinline]] bool LipPorts::others_use(const IpAddr& lip, Sharing mine) const {
  const auto& of_lip = in_use_by_lip_[std::hash<IpAddr>{}(lip) >> 58];
  for (std::size_t kind = 0; kind < kSharings; ++kind) {
    if (kind != static_cast<std::size_t>(mine) && of_lip[kind] != 0) return true;
  }
  return false;
}

bool LipPorts::recycle() {
  constexpr std::uint32_t kLook = 64;
  const auto* pools = pool_memory_.as<Pool>();
  for (std::uint32_t look = 0; look < kLook && look < pairs(); ++look) {
    const std::uint32_t pool = recycle_cursor_;
    recycle_cursor_ = pool + 1 == pairs() ? 0 : pool + 1;
    if (pools[pool].used != 0) continue;
    remove_from_index(pool);
    recycled_ = pool;
    ++recycled_count_;
    return true;
  }
  return false;
}

/// Open addressing without tombstones: what stands behind the gap and belongs before it moves up.
void LipPorts::remove_from_index(std::uint32_t pool) {
  auto* index = index_memory_.as<std::uint32_t>();
  const auto* pools = pool_memory_.as<Pool>();
  std::uint64_t gap = hash_pair(pools[pool].key) & index_mask_;
  while (index[gap] != pool + 1) gap = (gap + 1) & index_mask_;
  for (std::uint64_t i = (gap + 1) & index_mask_; index[i] != 0; i = (i + 1) & index_mask_) {
    const std::uint64_t home = hash_pair(pools[index[i] - 1].key) & index_mask_;
    if (((i - home) & index_mask_) < ((i - gap) & index_mask_)) continue;
    index[gap] = index[i];
    gap = i;
  }
  index[gap] = 0;
}

[[gnu::always_inline]] inline void LipPorts::mark(std::uint32_t id, const PortWords::Pair& rule,
                                                  PortWords::Place place, Allocation& out) {
  Pool& pool = pool_memory_.as<Pool>()[id];
  words(id)[place.word] |= std::uint64_t{1} << place.bit;
  pool.next = place.word * 64 + place.bit + 1;
  if (HVS_UNLIKELY(pool.used++ == 0)) count_in_use(pool.key, 1);
  out.pool = id;
  out.port = port_words_.port_at(rule, place);
}

/// What take() does first, without the range of words, which costs divisions: ports are taken one by one, so
/// the next one is nearly always in the word of the last.
[[gnu::always_inline]] inline bool LipPorts::take_next(std::uint32_t id, const PortWords::Pair& rule,
                                                       L4Port low, L4Port high, Allocation& out) {
  const std::uint32_t next = pool_memory_.as<Pool>()[id].next;
  const std::uint32_t w = next / 64;
  if (!port_words_.has_word(rule.rss, w)) return false;
  const std::uint64_t free = ~words(id)[w] & ~std::uint64_t{0} << next % 64;
  if (free == 0) return false;
  const std::uint64_t fits = free & port_words_.allowed(rule, w, low, high);
  if (fits == 0) return false;
  mark(id, rule, {w, static_cast<std::uint32_t>(std::countr_zero(fits))}, out);
  return true;
}

[[gnu::always_inline]] inline bool LipPorts::take(std::uint32_t id, const PortWords::Pair& rule, L4Port low,
                                                  L4Port high, Allocation& out) {
  return HVS_LIKELY(take_next(id, rule, low, high, out)) || take_any(id, rule, low, high, out);
}

[[gnu::noinline]] bool LipPorts::take_any(std::uint32_t id, const PortWords::Pair& rule, L4Port low,
                                          L4Port high, Allocation& out) {
  const auto [first, last] = port_words_.within(rule.rss, low, high);
  if (first > last) return false;
  Pool& pool = pool_memory_.as<Pool>()[id];
  if (pool.exhausted && pool.exhausted_low == low && pool.exhausted_high == high &&
      pool.exhausted_index == rule.index)
    return false;
  const std::uint64_t* bitmap = words(id);
  const bool within = first <= pool.next / 64 && pool.next / 64 <= last;
  std::uint32_t w = within ? pool.next / 64 : first;
  const std::uint64_t ahead = ~std::uint64_t{0} << (within ? pool.next % 64 : 0);
  // The word of the cursor comes first, for what lies ahead in it, and last, for what lies behind.
  for (std::uint32_t step = 0; step <= last - first + 1; ++step, w = w == last ? first : w + 1) {
    std::uint64_t free = ~bitmap[w] & (step == 0 ? ahead : ~std::uint64_t{0});
    if (free == 0) continue;
    free &= port_words_.allowed(rule, w, low, high);
    if (free == 0) continue;
    mark(id, rule, {w, static_cast<std::uint32_t>(std::countr_zero(free))}, out);
    return true;
  }
  pool.exhausted = true;
  pool.exhausted_low = low;
  pool.exhausted_high = high;
  pool.exhausted_index = rule.index;
  return false;
}

bool LipPorts::take_port(const PairKey& pair, L4Port low, L4Port high, Allocation& out) {
  const RssPorts* rss = port_words_.rss(pair.lip.family, pair.protocol);
  std::uint32_t id = recent_pool(pair);
  if (HVS_UNLIKELY(id == kNone)) {
    const auto [first, last] = port_words_.within(rss, low, high);
    if (first > last) return false;  // and no place for the pair
    id = other_pool(pair);
  }
  if (id == kNone || !take(id, pool_memory_.as<Pool>()[id].rule, low, high, out)) return false;
  out.may_clash = may_clash(pair.lip, Sharing::none);
  return true;
}

LipPorts::Word LipPorts::word_of(const Allocation& taken, L4Port low, L4Port high) const {
  const PortWords::Pair& rule = pool_memory_.as<Pool>()[taken.pool].rule;
  const std::uint32_t number = port_words_.place_of(rule, taken.port).word;
  const L4Port first = rule.rss == nullptr ? port_words_.port_at(rule, {number, 0}) : L4Port{};
  const std::uint64_t allowed = port_words_.allowed(rule, number, low, high);
  return {words(taken.pool) + number, allowed, taken.pool, number, recycled_count_, first};
}

/// kNone: another pair was asked for last.
std::uint32_t LipPorts::recent_pool(const PairKey& pair) {
  const std::uint32_t before = recent(pair);
  return before < pairs() && pool_memory_.as<Pool>()[before].key == pair ? before : kNone;
}

/// Of a pair that is not the recent one.
std::uint32_t LipPorts::other_pool(const PairKey& pair) {
  const std::uint32_t id = find_or_add(pair);
  if (id != kNone) recent(pair) = id;
  return id;
}

std::uint32_t LipPorts::pool_of(const PairKey& pair) {
  const std::uint32_t id = recent_pool(pair);
  return id == kNone ? other_pool(pair) : id;
}

bool LipPorts::take_port_of_dest(const PairKey& pair, L4Port low, L4Port high, Allocation& out) {
  const PairKey group{pair.lip, pair.dest,
                      L4Port{static_cast<std::uint16_t>(pair.dest_port.value % kDestGroups)}, pair.protocol,
                      Sharing::of_dest};
  return take_of_group(group, pair, low, high, out);
}

/// A port's place in a bitmap depends on its dest, but one place is one port for every dest: what is unique
/// in the bitmap is unique for each of them.
bool LipPorts::take_shared_port(const PairKey& pair, L4Port low, L4Port high, Allocation& out) {
  // No dest's address. Written member by member: copied whole, `pair` would be read in larger pieces than it
  // was just written in.
  const PairKey group{pair.lip, IpAddr{{}, pair.dest.family},
                      L4Port{static_cast<std::uint16_t>(hash_pair(pair) % kGroups)}, pair.protocol,
                      Sharing::of_lip};
  return take_of_group(group, pair, low, high, out);
}

bool LipPorts::take_of_group(const PairKey& group, const PairKey& pair, L4Port low, L4Port high,
                             Allocation& out) {
  const std::uint32_t id = pool_of(group);
  if (id == kNone || !take(id, shared_pair(pair), low, high, out)) return false;
  out.may_clash = may_clash(group.lip, group.sharing);
  return true;
}

PortWords::Pair LipPorts::shared_pair(const PairKey& pair) const {
  const RssPorts* rss = port_words_.rss(pair.lip.family, pair.protocol);
  const bool hashed = rss != nullptr && has_rss_type(pair.protocol);
  return {rss, hashed ? rss->pair_index(pair.dest, pair.dest_port, pair.lip) : std::uint16_t{0}};
}

void LipPorts::free_shared_port(std::uint32_t pool_id, const PairKey& pair, L4Port port) {
  HVS_DCHECK(pool_id < pairs());
  give_back(pool_id, shared_pair(pair), port);
}

}  // namespace hvs
