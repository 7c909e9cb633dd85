// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <array>
#include <cstdint>

#include "base/reader.h"
#include "model/ids.h"
#include "net/parse.h"

struct rte_mbuf;

namespace hvs {

/// Frames are taken from a port and walked through the stages this many at a time. The more of them, the
/// better a burst's cache misses overlap; 64 frames with all that belongs to them still fit the first caches
/// (docs/performance.md).
inline constexpr unsigned kBurstFrames = 64;

/// A received frame on its way. Only rx/, output/ and exits/ look behind `mbuf`.
struct Frame {
  std::uint8_t* data = nullptr;  // first byte of the Ethernet header
  std::uint32_t length = 0;
  PortId port;            // where it came in
  std::uint8_t hops = 0;  // workers that handed it on
  bool plain = false;     // parsed the short way: where its headers are is known (net/parse_plain.h)
  rte_mbuf* mbuf = nullptr;
  Parsed parsed;
  [[nodiscard]] Reader bytes() const { return {data, length}; }
};

/// Numbers of frames within a burst.
struct FrameList {
  std::array<std::uint8_t, kBurstFrames> at;
  unsigned count = 0;
  void add(unsigned i) { at[count++] = static_cast<std::uint8_t>(i); }
};

}  // namespace hvs
