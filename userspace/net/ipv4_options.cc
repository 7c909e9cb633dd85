// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "net/ipv4_options.h"

#include <cstdint>

namespace hvs {

namespace {

// Types of options, with the bit that has fragments carry them (RFC 791, 3.1).
constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNop = 1;
constexpr std::uint8_t kLooseRoute = 131;
constexpr std::uint8_t kStrictRoute = 137;

}  // namespace

bool source_route_left(const Ipv4Hdr& ip) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&ip);
  const unsigned end = ip.header_bytes();
  for (unsigned at = sizeof ip; at < end && bytes[at] != kEndOfOptions;) {
    if (bytes[at] == kNop) {
      ++at;
      continue;
    }
    if (end - at < 2) return false;
    const unsigned length = bytes[at + 1];
    if (length < 2 || length > end - at) return false;
    if (bytes[at] == kLooseRoute || bytes[at] == kStrictRoute)
      return length > 2 && bytes[at + 2] <= length;  // the pointer counts from 1 (RFC 791, 3.1)
    at += length;
  }
  return false;
}

}  // namespace hvs
