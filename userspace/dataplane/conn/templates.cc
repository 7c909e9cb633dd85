// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/templates.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

// Who changes the key of a place, or takes its dest away, owns it: it has put kBusy into its life, from a
// life without connections. Others wait for it, a bounded time, and never go on from what they saw before.
namespace hvs {

namespace {

/// A place is busy for some stores; longer when its owner was interrupted, and then waiting would not help.
constexpr unsigned kAttempts = 64;
constexpr unsigned kPauses = 64;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Two words of any address.
using AddressWords = std::array<std::uint64_t, 2>;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

AddressWords words_of(const IpAddr& client) {
  std::array<std::uint8_t, 16> bytes = client.bytes;
  if (client.is_v4()) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
    std::copy_n(client.bytes.begin(), 4, bytes.begin() + kMappedPrefix.size());
  }
  return std::bit_cast<AddressWords>(bytes);
}

IpAddr address_of(const AddressWords& words) {
  const auto bytes = std::bit_cast<std::array<std::uint8_t, 16>>(words);
  if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) return {bytes, Family::ipv6};
  IpAddr client{{}, Family::ipv4};
  std::copy_n(bytes.begin() + kMappedPrefix.size(), 4, client.bytes.begin());
  return client;
}

}  // namespace

Templates::Templates(std::uint32_t clients, SipKey secret)
    : secret_(secret),
      mask_(std::bit_ceil(std::max<std::uint32_t>(clients, kWays) * 2 / kWays) - 1),
      memory_((std::size_t{mask_} + 1) * sizeof(Bucket)) {}

std::uint64_t Templates::key_of(ServiceSlot service, std::uint64_t incarnation, const IpAddr& client) const {
  struct {
    std::uint64_t client[2];
    std::uint64_t service;
    std::uint64_t incarnation;
  } who{};
  std::memcpy(who.client, client.bytes.data(), sizeof who.client);
  who.service = std::uint64_t{service.value} << 8 | static_cast<std::uint8_t>(client.family);
  who.incarnation = incarnation;
  const std::uint64_t hash = siphash24(secret_, &who, sizeof who);
  return hash == 0 ? 1 : hash;
}

/// Where the key is, else what would make way for it: a free place, one whose time is over, or the one that
/// ends first.
Templates::Look Templates::look(const Bucket& bucket, std::uint64_t key, std::uint32_t now_ms) const {
  Look best;
  std::uint32_t least = 0;
  for (unsigned way = 0; way < kWays; ++way) {
    const std::uint64_t held_key = bucket.keys[way].load(std::memory_order_acquire);
    const std::uint64_t life = bucket.lives[way].load(std::memory_order_acquire);
    if (is_busy(life)) return {Look::Kind::again, way, life, false};
    const bool alive = refs_of(life) != 0 || !is_over(life, now_ms);
    if (held_key == key) return {Look::Kind::found, way, life, alive};
    if (refs_of(life) != 0) continue;
    const std::uint32_t left = held_key == 0 ? 0 : 1 + left_ms(life, now_ms);
    if (best.kind == Look::Kind::victim && left >= least) continue;
    best = {Look::Kind::victim, way, life, held_key != 0 && alive};
    least = left;
  }
  return best;
}

bool Templates::take_found(Bucket& bucket, const Look& found, std::uint64_t key) {
  std::uint64_t seen = found.life;
  const std::uint64_t wanted = found.alive ? found.life + kOne : found.life | kBusy;
  if (!bucket.lives[found.way].compare_exchange_strong(seen, wanted, std::memory_order_acq_rel)) return false;
  // Between the two loads of look() the place may have changed hands.
  const bool same = bucket.keys[found.way].load(std::memory_order_relaxed) == key;
  if (found.alive) {
    if (!same) bucket.lives[found.way].fetch_sub(kOne, std::memory_order_acq_rel);
    return same;
  }
  if (same) bucket.dests[found.way].store(0, std::memory_order_relaxed);
  bucket.lives[found.way].store(same ? found.life + kOne : found.life, std::memory_order_release);
  return same;
}

/// Two workers may enter the same client in two places. Of those who see each other the lower place stays;
/// who sees the higher one waits until that has given way, or was there for good.
bool Templates::entered_twice(Bucket& bucket, unsigned way, std::uint64_t key) {
  for (unsigned other = 0; other < kWays; ++other) {
    if (other == way || bucket.keys[other].load(std::memory_order_seq_cst) != key) continue;
    if (other < way) return true;
    for (unsigned i = 0;
         i < kPauses * kAttempts && is_busy(bucket.lives[other].load(std::memory_order_acquire)); ++i)
      pause();
    if (bucket.keys[other].load(std::memory_order_acquire) == key) return true;
  }
  return false;
}

bool Templates::take_victim(Bucket& bucket, const Look& victim, std::uint64_t key, const IpAddr& client,
                            std::uint32_t now_ms) {
  const unsigned way = victim.way;
  std::uint64_t seen = victim.life;
  if (!bucket.lives[way].compare_exchange_strong(seen, victim.life | kBusy, std::memory_order_acq_rel))
    return false;
  bucket.dests[way].store(0, std::memory_order_relaxed);
  const AddressWords words = words_of(client);
  for (std::size_t i = 0; i < words.size(); ++i)
    bucket.clients[way][i].store(words[i], std::memory_order_release);
  bucket.keys[way].store(key, std::memory_order_seq_cst);
  const bool twice = entered_twice(bucket, way, key);
  if (twice) bucket.keys[way].store(0, std::memory_order_relaxed);
  bucket.lives[way].store(twice ? std::uint64_t{now_ms} : kOne | now_ms, std::memory_order_release);
  return !twice;
}

std::optional<Templates::Held> Templates::hold(std::uint64_t key, std::uint32_t now_ms,
                                               const IpAddr& client) {
  const std::uint32_t number = static_cast<std::uint32_t>(key >> 32) & mask_;
  Bucket& bucket = memory_.as<Bucket>()[number];
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const Look seen = look(bucket, key, now_ms);
    switch (seen.kind) {
      case Look::Kind::found:
        if (take_found(bucket, seen, key)) return Held{number * kWays + seen.way, false};
        break;
      case Look::Kind::victim:
        if (take_victim(bucket, seen, key, client, now_ms))
          return Held{number * kWays + seen.way, seen.alive};
        break;
      case Look::Kind::again:
        for (unsigned i = 0; i < kPauses; ++i) pause();
        break;
      case Look::Kind::full: return std::nullopt;
    }
  }
  return std::nullopt;
}

void Templates::release(std::uint32_t at, std::uint32_t now_ms) {
  const std::uint64_t word = dest(at);
  const std::uint32_t end = now_ms + (word == 0 ? 0 : TemplateDest::of(word).timeout_s * 1000);
  std::uint64_t life = life_at(at).load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    HVS_DCHECK(refs_of(life) != 0 && !is_busy(life));
    next = (life - kOne) >> 32 << 32 | end;
  } while (!life_at(at).compare_exchange_weak(life, next, std::memory_order_acq_rel));
}

/// Who gives the place to another client makes it busy before anything else: what was read of that client's
/// comes with a life that is busy, or with another key.
std::optional<Templates::Entry> Templates::entry(std::uint32_t at, std::uint32_t now_ms) const {
  const Bucket& bucket = bucket_of(at);
  const unsigned way = at % kWays;
  // Read again when its life went on meanwhile: whoever reads may be interrupted for so long that the place
  // has been another client's and is the first one's again. Of a client that opens connections all the time,
  // the same key has to do in the end.
  constexpr unsigned kTries = 64;
  for (unsigned tries = 1;; ++tries) {
    const std::uint64_t key = bucket.keys[way].load(std::memory_order_acquire);
    if (key == 0) return std::nullopt;
    const std::uint64_t before = bucket.lives[way].load(std::memory_order_acquire);
    if (is_busy(before) || (refs_of(before) == 0 && is_over(before, now_ms))) return std::nullopt;
    const std::uint64_t word = bucket.dests[way].load(std::memory_order_acquire);
    const auto& client = bucket.clients[way];
    const AddressWords words{client[0].load(std::memory_order_acquire),
                             client[1].load(std::memory_order_acquire)};
    const std::uint64_t after = bucket.lives[way].load(std::memory_order_acquire);
    const bool same = !is_busy(after) && bucket.keys[way].load(std::memory_order_acquire) == key;
    if (!same || word == 0) return std::nullopt;
    if (after != before && tries < kTries) continue;
    Entry entry{TemplateDest::of(word), address_of(words), refs_of(before), left_ms(before, now_ms)};
    if (entry.connections != 0) entry.left_ms = entry.dest.timeout_s * 1000;
    return entry;
  }
}

void Templates::sweep(std::uint32_t count, std::uint32_t now_ms) {
  for (std::uint32_t i = 0; i < count; ++i) {
    Bucket& bucket = memory_.as<Bucket>()[sweep_at_];
    sweep_at_ = (sweep_at_ + 1) & mask_;
    for (unsigned way = 0; way < kWays; ++way) {
      if (bucket.keys[way].load(std::memory_order_relaxed) == 0) continue;
      std::uint64_t life = bucket.lives[way].load(std::memory_order_acquire);
      if (is_busy(life) || refs_of(life) != 0 || !is_over(life, now_ms)) continue;
      if (!bucket.lives[way].compare_exchange_strong(life, life | kBusy, std::memory_order_acq_rel)) continue;
      bucket.dests[way].store(0, std::memory_order_relaxed);
      bucket.keys[way].store(0, std::memory_order_relaxed);
      bucket.lives[way].store(life, std::memory_order_release);
    }
  }
}

}  // namespace hvs
