// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "model/port_owners.h"

#include <bit>
#include <utility>

#include "base/check.h"

namespace hvs {

namespace {

constexpr unsigned kPortBits = 16;

/// Port bits whose indexes are linearly independent, gathered one by one (Gauss over XOR).
class Basis {
 public:
  struct Sum {
    std::uint16_t index = 0;  // of
    std::uint16_t ports = 0;  // these bits of a port, together
  };

  /// Subtracts what is known already: a sum without index is left where nothing is missing.
  [[nodiscard]] Sum reduce(Sum sum) const {
    for (unsigned bit = kPortBits; bit-- > 0;) {
      if (((sum.index >> bit) & 1U) == 0 || rows_[bit].index == 0) continue;
      sum.index ^= rows_[bit].index;
      sum.ports ^= rows_[bit].ports;
    }
    return sum;
  }
  void add(Sum reduced) { rows_[static_cast<std::size_t>(std::bit_width(reduced.index)) - 1] = reduced; }

 private:
  std::array<Sum, kPortBits> rows_{};  // by highest bit of the index
};

}  // namespace

LinearMap16::LinearMap16(const std::array<std::uint16_t, 16>& of_bit) {
  for (unsigned value = 1; value < 256; ++value) {
    const auto lowest = static_cast<unsigned>(std::countr_zero(value));
    const unsigned rest = value & (value - 1);
    low_[value] = static_cast<std::uint16_t>(low_[rest] ^ of_bit[lowest]);
    high_[value] = static_cast<std::uint16_t>(high_[rest] ^ of_bit[lowest + 8]);
  }
}

std::optional<RssPorts> RssPorts::make(std::span<const std::uint8_t> key, Family family,
                                       unsigned index_bits) {
  const std::size_t local_port =
      2 * (family == Family::ipv4 ? 4U : 16U) + 2;  // its place in the hash's input
  if (key.size() < local_port + 2 + 4 || index_bits > kPortBits) return std::nullopt;
  RssPorts out;
  out.index_bits_ = index_bits;
  // What a single bit of the input adds; the first one is the highest of byte 0.
  const auto index_of = [&](std::size_t bit) {
    std::array<std::uint8_t, 2 * 16 + 4> input{};
    input[bit / 8] = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    return static_cast<std::uint16_t>(toeplitz_hash(key, input) & out.index_mask());
  };
  for (std::size_t n = 0; n < 2 * local_port; ++n) {
    Nibble& nibble = out.nibbles_[n];
    for (unsigned value = 1; value < nibble.size(); ++value) {
      const auto lowest = static_cast<unsigned>(std::countr_zero(value));
      nibble[value] = static_cast<std::uint16_t>(nibble[value & (value - 1)] ^ index_of(4 * n + 3 - lowest));
    }
  }
  std::array<std::uint16_t, kPortBits> of_port_bit{};
  for (unsigned bit = 0; bit < kPortBits; ++bit) of_port_bit[bit] = index_of(8 * local_port + 15 - bit);
  if (!out.renumber(of_port_bit)) return std::nullopt;
  return out;
}

/// From the lowest bit of a port up: one whose index is new helps to reach any index, and the others number
/// the ports that share one. Such a bit together with those lower ones that undo its index keeps the index,
/// and is the highest of them: that is why the ports of an index ascend with their number.
bool RssPorts::renumber(const std::array<std::uint16_t, 16>& index_of_bit) {
  std::array<std::uint16_t, kPortBits> place_of_bit = index_of_bit;
  std::array<std::uint16_t, kPortBits> port_of_bit{};
  Basis basis;
  unsigned counted = index_bits_;  // bits of a place that have a meaning so far
  for (unsigned bit = 0; bit < kPortBits; ++bit) {
    const auto sum = basis.reduce({index_of_bit[bit], static_cast<std::uint16_t>(1U << bit)});
    if (sum.index != 0) {
      basis.add(sum);
      continue;
    }
    if (counted == kPortBits) return false;
    place_of_bit[bit] = static_cast<std::uint16_t>(place_of_bit[bit] | 1U << counted);
    port_of_bit[counted++] = sum.ports;
  }
  for (unsigned bit = 0; bit < index_bits_; ++bit) {
    port_of_bit[bit] = basis.reduce({static_cast<std::uint16_t>(1U << bit), 0}).ports;
  }
  place_of_port_ = LinearMap16(place_of_bit);
  port_of_place_ = LinearMap16(port_of_bit);
  return true;
}

std::uint16_t RssPorts::pair_index(const IpAddr& dest, L4Port dest_port, const IpAddr& lip) const {
  const std::size_t width = dest.is_v4() ? 4 : 16;
  unsigned index = 0;
  const Nibble* nibble = nibbles_.data();
  const auto add = [&](unsigned byte) {
    index ^= static_cast<unsigned>(nibble[0][byte >> 4] ^ nibble[1][byte & 0xfU]);
    nibble += 2;
  };
  for (std::size_t i = 0; i < width; ++i) add(dest.bytes[i]);
  for (std::size_t i = 0; i < width; ++i) add(lip.bytes[i]);
  add(dest_port.value >> 8);
  add(dest_port.value & 0xffU);
  return static_cast<std::uint16_t>(index);
}

PortOwners::PortOwners(unsigned workers, std::span<const std::uint8_t> key, std::vector<WorkerId> table,
                       const std::array<bool, kRssTypes>& follow)
    : workers_(workers), table_(std::move(table)), indexes_(workers), ordinals_(table_.size()) {
  HVS_CHECK(std::has_single_bit(table_.size()) && table_.size() <= kMaxTable);
  for (std::size_t i = 0; i < table_.size(); ++i) {
    HVS_CHECK(table_[i].value < workers);
    std::vector<std::uint16_t>& own = indexes_[table_[i].index()];
    ordinals_[i] = static_cast<std::uint16_t>(own.size());
    own.push_back(static_cast<std::uint16_t>(i));
  }
  for (const auto& own : indexes_) HVS_CHECK(!own.empty());
  const auto bits = static_cast<unsigned>(std::countr_zero(table_.size()));
  families_ = {RssPorts::make(key, Family::ipv4, bits), RssPorts::make(key, Family::ipv6, bits)};
  for (std::size_t type = 0; type < kRssTypes; ++type) follows_[type] = follow[type] && families_[type / 2];
}

WorkerId PortOwners::owner(const RssTuple& reply) const {
  const RssPorts* ports = rss(reply.src.family, reply.protocol);
  if (ports == nullptr) return lip_block_owner(reply.dst_port, workers_);
  const unsigned pair =
      has_rss_type(reply.protocol) ? ports->pair_index(reply.src, reply.src_port, reply.dst) : 0U;
  const unsigned index = pair ^ ports->place_of(reply.dst_port);
  return table_[index & ports->index_mask()];
}

}  // namespace hvs
