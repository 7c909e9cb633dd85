// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

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
  if (addr[0] == 0xff || (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)) return false;
  Ipv6Bytes loopback{};
  if (addr == loopback) return false;
  loopback[15] = 1;
  return addr != loopback;
}

}  // namespace hvs
