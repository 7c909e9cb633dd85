// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "net/headers.h"

namespace hvs {

/// A host may send from the address to another link. Not from "this network", the loopback, multicast,
/// reserved and broadcast addresses (RFC 1122, 3.2.1.3).
[[nodiscard]] inline bool may_be_source(Be32 addr) {
  const unsigned first = addr.raw() & 0xff;  // of its bytes, as they lie
  return first - 1 < 223 && first != 127;
}
/// The same of IPv6: not from the unspecified, the loopback, multicast and link-local addresses (RFC 4291,
/// 2.5 and 2.7).
[[nodiscard]] inline bool may_be_source(const Ipv6Bytes& addr) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t words[2];
  std::memcpy(words, addr.data(), sizeof words);
  const bool many = (words[0] & 0xff) == 0xff;
  const bool of_link = (words[0] & 0xc0ff) == 0x80fe;
  constexpr std::uint64_t kOne = std::uint64_t{1} << 56;  // as its bytes lie
  const bool none_or_loopback = (words[0] | (words[1] & ~kOne)) == 0;
  return !(many | of_link | none_or_loopback);
}

}  // namespace hvs
