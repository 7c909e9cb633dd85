// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/output/output.h"
#include "model/snapshot.h"

namespace hvs {

/// What a worker knows of the ways to tunnels' ends: the address of ours that outer packets come from, and
/// path MTUs that routers told. Bounded: a row gives way to another one.
class TunnelPaths {
 public:
  /// A path MTU is forgotten after this time (RFC 1191, 6.3).
  static constexpr std::uint32_t kLifetimeMs = 10 * 60 * 1000;
  /// Nobody makes us believe less: the kernel's limit (net.ipv4.route.min_pmtu), and RFC 8200's.
  static constexpr std::uint16_t kLeastV4 = 552;
  static constexpr std::uint16_t kLeastV6 = 1280;

  /// At the start of a turn.
  void begin(const Snapshot& snapshot, const Fib& fib, std::uint32_t now_ms);

  /// The kernel's own address on the way's interface, of the destination's family; nullptr: it has none. No
  /// VIP: dests have that themselves, and would refuse packets from it. No link-local address.
  [[nodiscard]] const IpAddr* source(const WayOut& way, const IpAddr& destination);
  /// The same where it was asked for already; nullptr: it was not, or there is none.
  [[nodiscard]] const IpAddr* known_source(AdjIndex adj, Family family) const {
    const Source& row = sources_[adj.index() % kSources];
    return row.of == Source::key(adj, family) && row.exists ? &row.addr : nullptr;
  }

  /// What the way takes, `of_way`, or less when a router said so.
  [[nodiscard]] std::uint16_t mtu(std::uint16_t of_way, const IpAddr& destination) const {
    return any_path_ ? told_mtu(of_way, destination) : of_way;
  }
  /// A router takes only packets of `mtu` bytes.
  void learn(const IpAddr& destination, std::uint32_t mtu);

 private:
  struct Source {
    std::uint64_t of = 0;  // key(); 0: of nothing yet
    bool exists = false;
    IpAddr addr;
    [[nodiscard]] static std::uint64_t key(AdjIndex adj, Family family) {
      return std::uint64_t{adj.index()} << 2 | (family == Family::ipv6 ? 2U : 0U) | 1U;
    }
  };
  struct Path {
    IpAddr destination;
    std::uint16_t mtu = 0;  // 0: unused
    std::uint32_t learnt_ms = 0;
    [[nodiscard]] bool fresh(std::uint32_t now_ms) const {
      return mtu != 0 && now_ms - learnt_ms <= kLifetimeMs;
    }
  };
  static constexpr unsigned kSources = 64;
  static constexpr unsigned kPaths = 256;
  [[nodiscard]] const IpAddr* choose(const EgressInterface& interface, Family family) const;
  [[nodiscard]] const IpAddr* source_on(PortId port, std::uint16_t vlan, Family family) const;
  void forget_a_row();
  [[nodiscard]] std::uint16_t told_mtu(std::uint16_t of_way, const IpAddr& destination) const;
  [[nodiscard]] static std::size_t row_of(const IpAddr& destination);

  std::array<Source, kSources> sources_{};
  std::array<Path, kPaths> paths_{};
  bool any_path_ = false;
  unsigned paths_used_ = 0;
  unsigned looked_at_ = 0;  // row of paths_ that the last turn has looked at
  const Snapshot* snapshot_ = nullptr;
  const Fib* fib_ = nullptr;
  std::uint64_t snapshot_generation_ = 0;  // that sources_ were chosen by
  std::uint32_t fib_generation_ = 0;
  std::uint32_t now_ms_ = 0;
};

}  // namespace hvs
