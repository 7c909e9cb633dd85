// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/conn/flow_key.h"
#include "model/ids.h"

namespace hvs {

/// Which services new flows were for lately. Of frames to our MAC, which classify() has sorted out, a service
/// is known by the destination alone, as long as the configuration is the same; to find it in the steering
/// table takes several lookups.
template <typename F>
class VipMemo {
 public:
  struct Row {
    std::uint64_t generation = 0;  // of the Snapshot, which has none of 0
    typename F::Addr addr{};
    std::uint16_t port = 0;  // raw
    std::uint8_t protocol = 0;
    ServiceSlot service;

    [[nodiscard]] bool is(const FlowKey<F>& key, std::uint64_t now) const {
      return generation == now && addr == key.dst && port == key.dst_port && protocol == key.protocol;
    }
    void remember(const FlowKey<F>& key, std::uint64_t now, ServiceSlot slot) {
      *this = {now, key.dst, key.dst_port, key.protocol, slot};
    }
  };
  /// The one row that may know the destination.
  [[nodiscard]] Row& row(const FlowKey<F>& key) {
    std::uint64_t h = key.dst_port | static_cast<std::uint64_t>(key.protocol) << 16;
    if constexpr (F::family == Family::ipv4) {
      h ^= static_cast<std::uint64_t>(key.dst) << 24;
    } else {
      h ^= key.dst.lo ^ (key.dst.hi << 24 | key.dst.hi >> 40);
    }
    return rows_[h * 0x9e3779b97f4a7c15ULL >> (64 - kBits)];
  }

 private:
  // 12 KiB for IPv4: with 4,096 rows, those of thousands of services push more useful things out of the
  // cache.
  static constexpr unsigned kBits = 9;
  std::array<Row, std::size_t{1} << kBits> rows_;
};

}  // namespace hvs
