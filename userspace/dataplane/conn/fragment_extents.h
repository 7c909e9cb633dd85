// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "net/fragment_span.h"

namespace hvs {

/// What has gone on of a packet in fragments, so that none of it can be overwritten (RFC 5722, which
/// receivers follow for IPv4, too): a fragment that overlaps with another, or that the packet cannot have,
/// and all that come after it are refused. Bounded: of a packet whose fragments leave more gaps than there
/// are ranges, the receiver alone judges what comes out of order.
class FragmentExtents {
 public:
  enum class Verdict : std::uint8_t { goes_on, repeats, overlaps };

  /// A first fragment, of a packet that begins or of one that has begun. Ids come again, and routers repeat
  /// packets, so one of the same length begins anew; another length would change what has gone on.
  [[nodiscard]] Verdict begin(const FragmentSpan& span) {
    const bool other = ranges_ != 0 && !refused_ && !complete() && span.end != first_end_;
    *this = {};
    first_end_ = static_cast<std::uint16_t>(span.end);
    refused_ = other;
    return other ? Verdict::overlaps : add(span);
  }

  /// A later fragment. What comes after a complete packet is another one's that has the same id.
  [[nodiscard]] Verdict add(const FragmentSpan& span) {
    if (refused_) return Verdict::overlaps;
    if (complete()) return Verdict::goes_on;
    const Verdict verdict = judge(span);
    if (verdict == Verdict::overlaps) refused_ = true;
    if (verdict == Verdict::goes_on) record(span);
    return verdict;
  }

 private:
  static constexpr unsigned kRanges = 8;
  static constexpr std::uint32_t kMostBytes = 65535;
  struct Range {
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
  };

  [[nodiscard]] bool complete() const {
    return ranges_ == 1 && range_[0].begin == 0 && range_[0].end == end_;
  }

  [[nodiscard]] Verdict judge(const FragmentSpan& span) const {
    if (span.end > kMostBytes) return Verdict::overlaps;
    if (end_ != 0 && (span.last ? span.end != end_ : span.end > end_)) return Verdict::overlaps;
    for (unsigned i = 0; i < ranges_; ++i) {
      if (span.begin >= range_[i].begin && span.end <= range_[i].end) return Verdict::repeats;
      if (span.begin < range_[i].end && range_[i].begin < span.end) return Verdict::overlaps;
      if (span.last && range_[i].end > span.end) return Verdict::overlaps;
    }
    return Verdict::goes_on;
  }

  void record(const FragmentSpan& span) {
    Range whole{static_cast<std::uint16_t>(span.begin), static_cast<std::uint16_t>(span.end)};
    if (span.last) end_ = whole.end;
    if (whole.begin == whole.end) return;
    unsigned kept = 0;
    for (unsigned i = 0; i < ranges_; ++i) {
      if (range_[i].end == whole.begin || range_[i].begin == whole.end) {
        whole = {std::min(whole.begin, range_[i].begin), std::max(whole.end, range_[i].end)};
      } else {
        range_[kept++] = range_[i];
      }
    }
    ranges_ = static_cast<std::uint8_t>(kept);
    if (ranges_ < kRanges) range_[ranges_++] = whole;
  }

  std::array<Range, kRanges> range_{};  // apart from one another
  std::uint16_t end_ = 0;               // of the packet; 0: its last fragment has not come
  std::uint16_t first_end_ = 0;
  std::uint8_t ranges_ = 0;
  bool refused_ = false;
};

}  // namespace hvs
