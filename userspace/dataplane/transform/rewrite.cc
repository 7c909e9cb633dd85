// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/rewrite.h"

namespace hvs {

template <typename F>
void rewrite_fragment(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  ChecksumDelta header = rewrite_addresses<F>(ip, to.src, to.dst);
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);
}

template <typename F>
void rewrite_query(std::uint8_t* frame, const Parsed& p, const Rewrite<F>& to) {
  auto& ip = header_at<typename IpHeader<F>::Type>(frame, p.l3);
  const ChecksumDelta addresses = rewrite_addresses<F>(ip, to.src, to.dst);
  ChecksumDelta header = addresses;
  decrement_ttl(ip, header);
  apply_header_delta(ip, header);

  auto& icmp = header_at<IcmpQueryHdr>(frame, p.l4);
  const bool request = is_icmp_request(icmp.type, F::family == Family::ipv4);
  const Be16 id = Be16::from_raw(request ? to.src_port : to.dst_port);
  ChecksumDelta delta;
  if constexpr (F::family == Family::ipv6) delta = addresses;  // ICMPv6 sums a pseudo-header (RFC 4443)
  delta.replace(icmp.id, id);
  icmp.id = id;
  icmp.checksum = delta.applied_to(icmp.checksum);
}

template void rewrite_query<V4>(std::uint8_t*, const Parsed&, const Rewrite<V4>&);
template void rewrite_query<V6>(std::uint8_t*, const Parsed&, const Rewrite<V6>&);
template void rewrite_fragment<V4>(std::uint8_t*, const Parsed&, const Rewrite<V4>&);
template void rewrite_fragment<V6>(std::uint8_t*, const Parsed&, const Rewrite<V6>&);

}  // namespace hvs
