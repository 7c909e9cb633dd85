// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "base/reader.h"
#include "net/parse.h"

namespace hvs {

/// Which bytes of its packet's payload a fragment brings: [begin, end).
struct FragmentSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  // up to 2^17: offset and length together may say more than a packet can have
  bool last = false;
  friend bool operator==(const FragmentSpan&, const FragmentSpan&) = default;
};

/// `p` is what parse_frame() found in `frame`: a first fragment or a later one. A length that is no multiple
/// of eight, although more is to come, counts as receivers count it: rounded down (RFC 791, 3.2).
[[nodiscard]] FragmentSpan fragment_span(Reader frame, const Parsed& p);

}  // namespace hvs
