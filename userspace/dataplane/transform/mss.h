// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#include "net/parse.h"

namespace hvs {

/// The maximum segment size that a SYN's options say (RFC 9293, 3.7.1), as a place in the frame.
struct MssOption {
  std::uint16_t at = 0;  // of the value; 0: there is none, or the options are malformed
  std::uint16_t value = 0;
};
/// `frame` is what `p` was parsed from, TCP without a defect.
[[nodiscard]] MssOption find_mss(const std::uint8_t* frame, const Parsed& p);

/// Sets another value and adjusts the checksum by delta (RFC 1624).
void set_mss(std::uint8_t* frame, const Parsed& p, const MssOption& option, std::uint16_t value);

}  // namespace hvs
