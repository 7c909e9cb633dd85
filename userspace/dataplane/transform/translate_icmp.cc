// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "dataplane/transform/quoted.h"
#include "dataplane/transform/translate.h"
#include "dataplane/transform/translate_headers.h"

namespace hvs {

namespace {

constexpr unsigned kMostIpv6Error = 1280;  // RFC 4443, 2.4 (c)

std::uint64_t sum_of(const std::uint8_t* frame, unsigned from, unsigned to) {
  return sum_bytes({frame + from, to - from});
}

template <typename T>
std::uint64_t sum_of(const T& header) {
  return sum_bytes({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
}

std::uint64_t pseudo_sum(const Ipv6Bytes& src, const Ipv6Bytes& dst, unsigned bytes) {
  return sum_bytes(dst, sum_bytes(src)) + Be16{static_cast<std::uint16_t>(bytes)}.raw() +
         Be16{static_cast<std::uint16_t>(IpProto::icmpv6)}.raw();
}

/// The error's sum changes from what `before` adds up to, to what `after` does, and by `delta`.
Be16 checksum_after(Be16 was, ChecksumDelta delta, std::uint64_t before, std::uint64_t after) {
  delta.replace(fold_checksum(before), fold_checksum(after));
  return delta.applied_to(was);
}

CrossedError error_as_ipv6(std::uint8_t* frame, const Parsed& p, const Crossing& original, IcmpHdr icmp) {
  const Ipv4Hdr outer = header_at<Ipv4Hdr>(frame, p.l3);
  const Ipv4Hdr quoted = header_at<Ipv4Hdr>(frame, p.quote_l3);
  const IcmpHdr old = header_at<IcmpHdr>(frame, p.l4);
  const unsigned quoted_header = p.quote_l4 - p.quote_l3;
  const auto payload = static_cast<std::uint16_t>(
      std::max<unsigned>(quoted.total_length.host(), quoted_header) - quoted_header);

  ChecksumDelta delta;
  edit_quoted_ports(frame, p, {original.src_port, original.dst_port}, payload,
                    pseudo_delta(quoted, original.src, original.dst), delta);
  Ipv6Headers quote;
  ipv6_headers(quoted, {original.src, original.dst}, payload, {quoted.protocol.host(), quoted.ttl}, quote);

  const unsigned l4 = p.quote_l4 - quote.size - unsigned{sizeof icmp};
  const unsigned l3 = l4 - unsigned{sizeof(Ipv6Hdr)};
  const unsigned end = std::min<unsigned>(end_of_quote(frame, p), l3 + kMostIpv6Error);
  Ipv4Hdr whole = outer;
  whole.flags_offset = {};
  Ipv6Headers headers;
  ipv6_headers(whole, {original.dst, original.src}, static_cast<std::uint16_t>(end - l4),
               {IpProto::icmpv6, static_cast<std::uint8_t>(outer.ttl - 1)}, headers);

  IcmpHdr bare = old;
  bare.checksum = {};
  const std::uint64_t before =
      sum_of(bare) + sum_of(frame, p.quote_l3, p.quote_l4) + sum_of(frame, end, p.end);
  const std::uint64_t after = sum_of(icmp) + sum_bytes({quote.bytes.data(), quote.size}) +
                              pseudo_sum(V6::to_bytes(original.dst), V6::to_bytes(original.src), end - l4);
  icmp.checksum = checksum_after(old.checksum, delta, before, after);

  std::memcpy(frame + p.quote_l4 - quote.size, quote.bytes.data(), quote.size);
  std::memcpy(frame + l4, &icmp, sizeof icmp);
  std::memcpy(frame + l3, headers.bytes.data(), headers.size);
  return {static_cast<std::uint16_t>(l3), static_cast<std::uint16_t>(end)};
}

CrossedError error_as_ipv4(std::uint8_t* frame, const Parsed& p, const Crossing& original, IcmpHdr icmp,
                           std::uint16_t id) {
  const Ipv6Hdr outer = header_at<Ipv6Hdr>(frame, p.l3);
  const Ipv6Hdr quoted = header_at<Ipv6Hdr>(frame, p.quote_l3);
  const IcmpHdr old = header_at<IcmpHdr>(frame, p.l4);
  const unsigned extensions = p.quote_l4 - p.quote_l3 - unsigned{sizeof quoted};
  const auto payload =
      static_cast<std::uint16_t>(std::max<unsigned>(quoted.payload_length.host(), extensions) - extensions);
  const AddrPair<V4> addrs{unmapped(original.src), unmapped(original.dst)};

  ChecksumDelta delta;
  edit_quoted_ports(frame, p, {original.src_port, original.dst_port}, payload,
                    pseudo_delta(quoted, addrs.src, addrs.dst), delta);
  const Ipv4Hdr quote = ipv4_header(quoted, fragment_header(frame, p.quote_l3, p.quote_l4), addrs, payload,
                                    {static_cast<IpProto>(p.quote_protocol), quoted.hop_limit}, 0);

  const std::uint16_t end = end_of_quote(frame, p);
  const unsigned l4 = p.quote_l4 - unsigned{sizeof quote} - unsigned{sizeof icmp};
  const unsigned l3 = l4 - unsigned{sizeof(Ipv4Hdr)};
  const Ipv4Hdr header =
      ipv4_header(outer, nullptr, {addrs.dst, addrs.src}, static_cast<std::uint16_t>(end - l4),
                  {IpProto::icmp, static_cast<std::uint8_t>(outer.hop_limit - 1)}, id);

  IcmpHdr bare = old;
  bare.checksum = {};
  const std::uint64_t before = sum_of(bare) + sum_of(frame, p.quote_l3, p.quote_l4) +
                               sum_of(frame, end, p.end) + pseudo_sum(outer.src, outer.dst, p.end - p.l4);
  icmp.checksum = checksum_after(old.checksum, delta, before, sum_of(icmp) + sum_of(quote));

  std::memcpy(frame + p.quote_l4 - sizeof quote, &quote, sizeof quote);
  std::memcpy(frame + l4, &icmp, sizeof icmp);
  std::memcpy(frame + l3, &header, sizeof header);
  return {static_cast<std::uint16_t>(l3), end};
}

}  // namespace

/// What follows the quote has no counterpart, and the quote's length in the header is gone with it.
CrossedError cross_icmp_error(std::uint8_t* frame, const Parsed& p, const Crossing& original,
                              const IcmpHdr& icmp, std::uint16_t id) {
  return p.family == Family::ipv4 ? error_as_ipv6(frame, p, original, icmp)
                                  : error_as_ipv4(frame, p, original, icmp, id);
}

}  // namespace hvs
