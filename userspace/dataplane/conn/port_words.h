// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "model/port_owners.h"

namespace hvs {

/// How the local ports that a worker owns of a pair lie in words of 64 bits: bit by bit ascending within a
/// word, and as many words as the worker's share takes. By blocks a word is a block. By RSS it has ports of
/// one index of the NIC's table; which ports these are depends on the pair, how many there are does not.
class PortWords {
 public:
  PortWords(std::shared_ptr<const PortOwners> owners, WorkerId worker);

  /// The rule for such a pair; nullptr: by blocks.
  [[nodiscard]] const RssPorts* rss(Family family, std::uint8_t protocol) const {
    return has_rss_type(protocol) ? rss_[static_cast<std::size_t>(rss_type(family, protocol))]
                                  : owners_->rss(family, protocol);
  }
  /// The rule for a pair, and where it stands in it.
  struct Pair {
    const RssPorts* rss = nullptr;  // nullptr: by blocks
    std::uint16_t index = 0;        // RssPorts::pair_index
  };
  struct Place {
    std::uint32_t word = 0;
    std::uint32_t bit = 0;
  };
  struct Words {
    std::uint32_t first = 1;
    std::uint32_t last = 0;  // below `first`: none
  };

  /// The most that any pair takes.
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Word `w` exists, whatever ports it may have.
  [[nodiscard]] bool has_word(const RssPorts* rss, std::uint32_t w) const {
    return w < (rss == nullptr ? count_ : static_cast<std::uint32_t>(indexes_.size()) * words_per_index_);
  }
  /// Those that can have ports within [low, high].
  [[nodiscard]] Words within(const RssPorts* rss, L4Port low, L4Port high) const;
  /// Bits of word `w` that stand for ports within [low, high].
  [[nodiscard]] std::uint64_t allowed(const Pair& pair, std::uint32_t w, L4Port low, L4Port high) const;
  [[nodiscard]] L4Port port_at(const Pair& pair, Place place) const;
  [[nodiscard]] Place place_of(const Pair& pair, L4Port port) const;
  [[nodiscard]] const PortOwners& owners() const { return *owners_; }

 private:
  [[nodiscard]] std::uint16_t rss_place(const Pair& pair, std::uint32_t w) const;
  [[nodiscard]] std::uint64_t allowed_by_rss(const Pair& pair, std::uint32_t w, L4Port low,
                                             L4Port high) const;

  static constexpr std::uint32_t kWordBits = 64;
  static constexpr std::uint32_t kPartBits = 21;
  static_assert(kLipBlockPorts == kWordBits, "a block is one word of the bitmap");
  std::shared_ptr<const PortOwners> owners_;
  std::array<const RssPorts*, kRssTypes> rss_{};
  std::span<const std::uint16_t> indexes_;  // of the worker; none where all is by blocks
  std::uint32_t worker_;
  std::uint32_t workers_;
  std::uint32_t workers_part_ = 0;  // 2^kPartBits / workers_, rounded up
  std::uint32_t count_;
  std::uint32_t words_per_index_ = 1;
  std::uint32_t word_shift_ = 0;  // log2 of it
  std::uint32_t word_bits_ = 64;  // bits in use; fewer where an index has fewer ports
};

inline PortWords::Words PortWords::within(const RssPorts* rss, L4Port low, L4Port high) const {
  if (rss != nullptr) return {0, static_cast<std::uint32_t>(indexes_.size()) * words_per_index_ - 1};
  const std::uint32_t low_block = low.value / kLipBlockPorts;
  const std::uint32_t high_block = high.value / kLipBlockPorts;
  if (high_block < worker_) return {};
  const std::uint32_t first = low_block <= worker_ ? 0 : (low_block - worker_ + workers_ - 1) / workers_;
  return {first, (high_block - worker_) / workers_};
}

/// RssPorts' place of a word's first bit.
inline std::uint16_t PortWords::rss_place(const Pair& pair, std::uint32_t w) const {
  const std::uint32_t first = (w & (words_per_index_ - 1)) * kWordBits;
  const auto index = static_cast<std::uint32_t>(indexes_[w >> word_shift_] ^ pair.index);
  return static_cast<std::uint16_t>(first << pair.rss->index_bits() | index);
}

inline L4Port PortWords::port_at(const Pair& pair, Place place) const {
  if (pair.rss == nullptr) {
    return L4Port{static_cast<std::uint16_t>((place.word * workers_ + worker_) * kLipBlockPorts + place.bit)};
  }
  const std::uint32_t bit = place.bit << pair.rss->index_bits();
  return pair.rss->port_at(static_cast<std::uint16_t>(rss_place(pair, place.word) | bit));
}

inline PortWords::Place PortWords::place_of(const Pair& pair, L4Port port) const {
  if (pair.rss == nullptr) {
    // Blocks by workers: a product instead of a quotient, exact for numbers as small as these are.
    const std::uint32_t block = port.value / kLipBlockPorts;
    return {block * workers_part_ >> kPartBits, port.value % kLipBlockPorts};
  }
  const std::uint32_t place = pair.rss->place_of(port);
  const auto index = static_cast<std::uint16_t>((place ^ pair.index) & pair.rss->index_mask());
  const std::uint32_t nth = place >> pair.rss->index_bits();
  return {(owners_->ordinal(index) << word_shift_) + nth / kWordBits, nth % kWordBits};
}

inline std::uint64_t PortWords::allowed(const Pair& pair, std::uint32_t w, L4Port low, L4Port high) const {
  if (pair.rss != nullptr) return allowed_by_rss(pair, w, low, high);
  const std::uint32_t first = (w * workers_ + worker_) * kLipBlockPorts;  // the word's first port
  const std::uint32_t last = first + kLipBlockPorts - 1;
  if (last < low.value || first > high.value) return 0;
  std::uint64_t mask = ~std::uint64_t{0};
  if (first < low.value) mask &= ~std::uint64_t{0} << (low.value - first);
  if (last > high.value) mask &= ~std::uint64_t{0} >> (last - high.value);
  return mask;
}

}  // namespace hvs
