// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/transform/translate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/transform/edit.h"
#include "dataplane/transform/sctp.h"
#include "dataplane/transform/translate_headers.h"

namespace hvs {

namespace {

/// The sum over a UDP datagram and its IPv6 pseudo-header (RFC 8200, 8.1), as a checksum.
Be16 udp_checksum_anew(const std::uint8_t* frame, const Parsed& p, const Crossing& to) {
  const auto& udp = *reinterpret_cast<const UdpHdr*>(frame + p.l4);
  std::uint64_t sum = sum_bytes(V6::to_bytes(to.src));
  sum = sum_bytes(V6::to_bytes(to.dst), sum);
  sum += udp.length.raw();
  sum += Be16{static_cast<std::uint16_t>(IpProto::udp)}.raw();
  sum = sum_bytes({frame + p.l4, udp.length.host()}, sum);
  const auto checksum = static_cast<std::uint16_t>(~fold_checksum(sum));
  return Be16::from_raw(checksum == 0 ? 0xffff : checksum);
}

void cross_udp(std::uint8_t* frame, const Parsed& p, const Crossing& to, const ChecksumDelta& delta) {
  auto& udp = header_at<UdpHdr>(frame, p.l4);
  const bool none = udp.checksum.raw() == 0;
  if (none && p.family == Family::ipv4) {
    udp.checksum = udp_checksum_anew(frame, p, to);
    return;
  }
  // In IPv6 zero is a wrong checksum, and goes on as one.
  const Be16 after = delta.applied_to(udp.checksum);
  udp.checksum = after.raw() == 0 ? Be16::from_raw(0xffff) : after;
}

}  // namespace

bool sound_header(const Ipv4Hdr& ip) {
  return fold_checksum(sum_bytes({reinterpret_cast<const std::uint8_t*>(&ip), ip.header_bytes()})) == 0xffff;
}

const Ipv6FragHdr* fragment_header(const std::uint8_t* frame, std::uint16_t l3, std::uint16_t end) {
  auto next = reinterpret_cast<const Ipv6Hdr*>(frame + l3)->next_header.host();
  for (unsigned at = l3 + sizeof(Ipv6Hdr); at + sizeof(Ipv6FragHdr) <= end;) {
    if (next == IpProto::fragment) return reinterpret_cast<const Ipv6FragHdr*>(frame + at);
    if (next != IpProto::hop_by_hop && next != IpProto::routing && next != IpProto::dest_options)
      return nullptr;
    const auto& extension = *reinterpret_cast<const Ipv6ExtHdr*>(frame + at);
    next = extension.next_header.host();
    at += extension.bytes();
  }
  return nullptr;
}

unsigned size_as_ipv6(const std::uint8_t* frame, const Parsed& p) {
  const auto& ip = *reinterpret_cast<const Ipv4Hdr*>(frame + p.l3);
  const unsigned payload = p.end - p.l3 - ip.header_bytes();
  return unsigned{sizeof(Ipv6Hdr)} + payload + (ip.fragment() ? unsigned{sizeof(Ipv6FragHdr)} : 0U);
}

void cross_l4(std::uint8_t* frame, const Parsed& p, const Crossing& to) {
  auto& ports = header_at<L4Ports>(frame, p.l4);
  const L4Ports before = ports;
  ChecksumDelta delta =
      p.family == Family::ipv4
          ? pseudo_delta(header_at<Ipv4Hdr>(frame, p.l3), to.src, to.dst)
          : pseudo_delta(header_at<Ipv6Hdr>(frame, p.l3), unmapped(to.src), unmapped(to.dst));
  delta.replace(ports.src.raw(), to.src_port);
  delta.replace(ports.dst.raw(), to.dst_port);
  ports.src = Be16::from_raw(to.src_port);
  ports.dst = Be16::from_raw(to.dst_port);
  if (p.protocol == static_cast<std::uint8_t>(IpProto::tcp)) {
    auto& tcp = header_at<TcpHdr>(frame, p.l4);
    tcp.checksum = delta.applied_to(tcp.checksum);
  } else if (p.protocol == static_cast<std::uint8_t>(IpProto::udp)) {
    cross_udp(frame, p, to, delta);
  } else {
    mend_sctp_checksum(header_at<SctpHdr>(frame, p.l4), before, std::size_t{p.end} - p.l4);
  }
}

std::uint16_t become_ipv6(std::uint8_t* frame, std::uint16_t l3, std::uint16_t end, const V6::Addr& src,
                          const V6::Addr& dst) {
  const Ipv4Hdr ip = header_at<Ipv4Hdr>(frame, l3);
  const unsigned l4 = l3 + ip.header_bytes();
  const auto at = static_cast<std::uint16_t>(l4 - ipv6_headers_size(ip));
  put_ipv6_headers(frame + at, ip, {src, dst}, static_cast<std::uint16_t>(end - l4),
                   {ip.protocol.host(), static_cast<std::uint8_t>(ip.ttl - 1)});
  return at;
}

std::uint16_t become_ipv4(std::uint8_t* frame, const Parsed& p, V4::Addr src, V4::Addr dst,
                          std::uint16_t id) {
  // The new header lies where the old one was, or its extensions.
  const Ipv6Hdr ip = header_at<Ipv6Hdr>(frame, p.l3);
  const Ipv6FragHdr* header = p.dont_fragment ? nullptr : fragment_header(frame, p.l3, p.l4);
  const Ipv6FragHdr fragment = header != nullptr ? *header : Ipv6FragHdr{};
  const auto at = static_cast<std::uint16_t>(p.l4 - sizeof(Ipv4Hdr));
  put_ipv4_header(frame + at, ip, header != nullptr ? &fragment : nullptr, {src, dst},
                  static_cast<std::uint16_t>(p.end - p.l4),
                  {static_cast<IpProto>(p.protocol), static_cast<std::uint8_t>(ip.hop_limit - 1)}, id);
  return at;
}

}  // namespace hvs
