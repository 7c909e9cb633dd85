// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/rss.h"

namespace hvs {

/// The rule where RSS is of no help: local ports are dealt out in blocks of 64.
constexpr unsigned kLipBlockPorts = 64;
[[nodiscard]] constexpr WorkerId lip_block_owner(L4Port port, unsigned workers) {
  return WorkerId{static_cast<std::uint8_t>((port.value / kLipBlockPorts) % workers)};
}

/// Number -> number, linear over XOR: known by what it makes of single bits, computed by two look-ups.
class LinearMap16 {
 public:
  LinearMap16() = default;
  explicit LinearMap16(const std::array<std::uint16_t, 16>& of_bit);
  [[nodiscard]] std::uint16_t operator()(std::uint16_t value) const {
    return static_cast<std::uint16_t>(low_[value & 0xffU] ^ high_[value >> 8]);
  }

 private:
  std::array<std::uint16_t, 256> low_{};
  std::array<std::uint16_t, 256> high_{};
};

/// Where the replies of a local port arrive, for one address family. The Toeplitz hash is linear over XOR, so
/// the index of a reply in the NIC's table is pair_index(dest, dest port, LIP) ^ index(local port). The
/// 65,536 ports are renumbered accordingly: the low `index_bits` of a port's place are its index, the others
/// count the ports of one index in ascending order.
class RssPorts {
 public:
  /// Nothing when a pair's ports would not reach every index, or the key is too short for the family.
  static std::optional<RssPorts> make(std::span<const std::uint8_t> key, Family family, unsigned index_bits);

  [[nodiscard]] unsigned index_bits() const { return index_bits_; }
  [[nodiscard]] std::uint16_t index_mask() const {
    return static_cast<std::uint16_t>((1U << index_bits_) - 1);
  }
  [[nodiscard]] std::uint32_t ports_per_index() const { return 0x10000U >> index_bits_; }
  [[nodiscard]] std::uint16_t pair_index(const IpAddr& dest, L4Port dest_port, const IpAddr& lip) const;
  [[nodiscard]] std::uint16_t place_of(L4Port port) const { return place_of_port_(port.value); }
  [[nodiscard]] L4Port port_at(std::uint16_t place) const { return L4Port{port_of_place_(place)}; }

 private:
  RssPorts() = default;
  [[nodiscard]] bool renumber(const std::array<std::uint16_t, 16>& index_of_bit);

  static constexpr std::size_t kNibbles = 2 * (16 + 16 + 2);  // of the input before the local port
  using Nibble = std::array<std::uint16_t, 16>;
  unsigned index_bits_ = 0;
  std::array<Nibble, kNibbles> nibbles_{};  // what each adds to the index
  LinearMap16 place_of_port_;
  LinearMap16 port_of_place_;
};

/// Which worker owns a local port of a (LIP, dest) pair. Fixed at start, one for all workers, so that
/// whoever gets a frame computes the same owner from the frame alone, whatever the NIC really did.
class PortOwners {
 public:
  /// The largest table that is followed.
  static constexpr std::size_t kMaxTable = 2048;

  /// By blocks.
  explicit PortOwners(unsigned workers) : workers_(workers) {}
  /// Replies reach worker table[hash % size]; the size is a power of two, and every worker is in the table.
  /// An RssType follows it where `follow` says so and the key spreads its ports.
  PortOwners(unsigned workers, std::span<const std::uint8_t> key, std::vector<WorkerId> table,
             const std::array<bool, kRssTypes>& follow);

  [[nodiscard]] unsigned workers() const { return workers_; }
  /// The rule for a pair; nullptr: by blocks.
  [[nodiscard]] const RssPorts* rss(RssType type) const {
    return follows_[static_cast<std::size_t>(type)] ? &*families_[static_cast<std::size_t>(type) / 2]
                                                    : nullptr;
  }
  /// Of a protocol whose ports no NIC hashes (ids of ICMP queries) the rule is one that needs no other
  /// bitmap; its index is 0 then, whatever the pair.
  [[nodiscard]] const RssPorts* rss(Family family, std::uint8_t protocol) const {
    const RssPorts* tcp = rss(rss_type(family, static_cast<std::uint8_t>(IpProto::tcp)));
    const RssPorts* udp = rss(rss_type(family, static_cast<std::uint8_t>(IpProto::udp)));
    if (!has_rss_type(protocol)) return tcp != nullptr ? tcp : udp;
    return protocol == static_cast<std::uint8_t>(IpProto::tcp) ? tcp : udp;
  }
  /// Whose connection a reply belongs to: from the dest to a LIP.
  [[nodiscard]] WorkerId owner(const RssTuple& reply) const;

  /// Of rules by RSS: the indexes of a worker, ascending, and which of its worker's an index is.
  [[nodiscard]] std::span<const std::uint16_t> indexes_of(WorkerId worker) const {
    return indexes_[worker.index()];
  }
  [[nodiscard]] std::uint32_t ordinal(std::uint16_t index) const { return ordinals_[index]; }

 private:
  unsigned workers_;
  std::array<bool, kRssTypes> follows_{};
  std::array<std::optional<RssPorts>, 2> families_;  // IPv4, IPv6
  std::vector<WorkerId> table_;
  std::vector<std::vector<std::uint16_t>> indexes_;  // by worker
  std::vector<std::uint16_t> ordinals_;              // by index
};

}  // namespace hvs
