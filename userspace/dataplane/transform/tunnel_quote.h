// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include "base/reader.h"
#include "net/ip_addr.h"
#include "net/parse.h"

namespace hvs {

/// A packet that we had put into a tunnel, as an ICMP error quotes it.
struct TunnelQuote {
  IpAddr remote;                 // the tunnel's end
  std::uint16_t inner = 0;       // offset of the inner IP header; 0: the quote does not reach it
  Family family = Family::ipv4;  // of the inner packet
  std::uint16_t overhead = 0;    // bytes in front of the inner packet
};

/// `parsed` is an ICMP error that quotes IP in IP, GRE, or UDP to a tunnel's end.
[[nodiscard]] TunnelQuote read_tunnel_quote(Reader frame, const Parsed& parsed);

}  // namespace hvs
