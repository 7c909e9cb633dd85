// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/conn/connection.h"
#include "dataplane/conn/fragment_extents.h"

namespace hvs {

/// Remembers which connection the first fragment of a packet belonged to, so that later fragments, which
/// carry no ports, follow it. No reassembly. Bounded: 4 entries per row, the oldest gives way.
template <typename F>
class FragmentTable {
 public:
  struct Key {
    typename F::Addr src{};
    typename F::Addr dst{};
    std::uint32_t id = 0;  // raw
    std::uint8_t protocol = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Found {
    Connection<F>* conn = nullptr;
    Direction direction = Direction::to_dest;
    FragmentExtents* extents = nullptr;
  };

  explicit FragmentTable(const HashSecret& secret) : secret_(secret) {}

  /// `span` is the first fragment's; not `goes_on` when it must not.
  [[nodiscard]] FragmentExtents::Verdict remember(const Key& key, const FragmentSpan& span,
                                                  Connection<F>* conn, Direction direction,
                                                  std::uint32_t now_ms) {
    Row& row = row_of(key);
    Entry* place = row.data();
    FragmentExtents extents;
    for (Entry& e : row) {
      if (e.conn != nullptr && e.key == key) {
        place = &e;
        if (now_ms - e.stamp_ms <= kLifetimeMs) extents = e.extents;
        break;
      }
      if (e.conn == nullptr || now_ms - e.stamp_ms > now_ms - place->stamp_ms) place = &e;
    }
    const auto verdict = extents.begin(span);
    *place = {key, conn->key(direction), conn, direction, now_ms, extents};
    return verdict;
  }

  /// The same for all fragments of a packet, for FragmentHold.
  [[nodiscard]] std::uint32_t tag(const Key& key) const {
    return static_cast<std::uint32_t>(hash(key) >> 32);
  }

  [[nodiscard]] Found find(const Key& key, std::uint32_t now_ms) {
    for (Entry& e : row_of(key)) {
      if (e.conn == nullptr || !(e.key == key) || now_ms - e.stamp_ms > kLifetimeMs) continue;
      // The record may have ended, or become another connection, since.
      if (e.conn->idle_limit_ms == 0 || e.conn->expired(now_ms)) continue;
      if (!(e.conn->key(e.direction) == e.flow)) continue;
      return {e.conn, e.direction, &e.extents};
    }
    return {};
  }

 private:
  // Linux gives a fragmented packet 30 s (net.ipv4.ipfrag_time); RFC 8200 allows 60 s.
  static constexpr std::uint32_t kLifetimeMs = 30000;
  static constexpr unsigned kRows = 256;
  struct Entry {
    Key key;
    FlowKey<F> flow;
    Connection<F>* conn = nullptr;
    Direction direction = Direction::to_dest;
    std::uint32_t stamp_ms = 0;
    FragmentExtents extents;
  };
  using Row = std::array<Entry, 4>;
  [[nodiscard]] std::uint64_t hash(const Key& key) const {
    FlowKey<F> k{key.src, key.dst, static_cast<std::uint16_t>(key.id),
                 static_cast<std::uint16_t>(key.id >> 16), key.protocol};
    return hash_key(k, secret_);
  }
  Row& row_of(const Key& key) { return rows_[hash(key) % kRows]; }
  HashSecret secret_;
  std::array<Row, kRows> rows_{};
};

}  // namespace hvs
