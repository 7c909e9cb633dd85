// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/tunnel_quote.h"

#include "net/tunnel_headers.h"

namespace hvs {

namespace {

/// Where the packet within begins; 0 when that cannot be seen.
std::size_t inner_offset(Reader packet, std::size_t l4, IpProto protocol) {
  if (protocol == IpProto::ipip || protocol == IpProto::ipv6) return l4;
  if (protocol == IpProto::gre) {
    const auto* gre = packet.at<GreHdr>(l4);
    if (gre == nullptr) return 0;
    const bool checksum = (gre->flags_version.host() & GreHdr::kChecksum) != 0;
    return l4 + sizeof(GreHdr) + (checksum ? sizeof(GreChecksum) : 0);
  }
  const std::size_t gue_at = l4 + sizeof(UdpHdr);
  const auto* gue = packet.at<GueHdr>(gue_at);
  if (gue == nullptr || gue->variant() > 1) return 0;
  return gue->variant() == 1 ? gue_at : gue_at + gue->bytes();
}

}  // namespace

TunnelQuote read_tunnel_quote(Reader frame, const Parsed& parsed) {
  TunnelQuote out;
  const Reader packet = frame.first(parsed.end);
  if (parsed.family == Family::ipv4) {
    const auto* ip = packet.at<Ipv4Hdr>(parsed.quote_l3);
    if (ip != nullptr) out.remote = IpAddr::v4(ip->dst);
  } else if (const auto* ip = packet.at<Ipv6Hdr>(parsed.quote_l3); ip != nullptr) {
    out.remote = IpAddr::v6(ip->dst);
  }
  const std::size_t inner =
      inner_offset(packet, parsed.quote_l4, static_cast<IpProto>(parsed.quote_protocol));
  const auto* first = packet.at<Be<std::uint8_t>>(inner);
  if (inner == 0 || first == nullptr) return out;
  const unsigned version = first->host() >> 4U;
  if (version != 4 && version != 6) return out;
  out.family = version == 4 ? Family::ipv4 : Family::ipv6;
  out.inner = static_cast<std::uint16_t>(inner);
  out.overhead = static_cast<std::uint16_t>(inner - parsed.quote_l3);
  return out;
}

}  // namespace hvs
