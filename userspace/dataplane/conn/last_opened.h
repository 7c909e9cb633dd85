// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/conn/connection.h"
#include "dataplane/conn/lip_ports.h"
#include "model/ids.h"
#include "model/snapshot.h"

namespace hvs {

/// As what the last connection to each dest began. While the configuration is the same, the next one begins
/// as the same, but for its client and local port, and is a copy with these filled in. Of modes fullnat,
/// while it is the same LIP's turn, where the next local port is known to be nobody else's, and nat.
template <typename F>
class LastOpened {
 public:
  struct alignas(64) Row {
    std::uint64_t generation = 0;  // of the Snapshot, which has none of 0
    const Dest* dest = nullptr;
    LipPorts::Word ports;      // of mode fullnat
    std::uint32_t turn = 0;    // which LIP was asked first
    LooseConnection<F> began;  // its client and local port are those of that time
  };

  /// The one row that may know the dest.
  [[nodiscard]] Row& row(DestSlot slot) { return rows_[slot.index() % kRows]; }
  static_assert(sizeof(Row) == 64 + sizeof(LooseConnection<F>));

 private:
  // 64 KiB for IPv4, 96 KiB for IPv6; those of few dests stay in the first-level cache.
  static constexpr std::size_t kRows = 512;
  std::array<Row, kRows> rows_{};
};

}  // namespace hvs
