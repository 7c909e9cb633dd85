// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/exits/icmp_message.h"

#include <algorithm>
#include <cstring>

#include "net/checksum.h"

namespace hvs {

namespace {

constexpr std::uint8_t kTtl = 64;

IcmpHdr header_v4(IcmpProblem problem, std::uint16_t mtu) {
  switch (problem) {
    case IcmpProblem::time_exceeded: return {11, 0, {}, {}};
    case IcmpProblem::too_big: return {3, 4, {}, Be32{mtu}};  // next-hop MTU in the low 16 bits (RFC 1191)
    case IcmpProblem::unreachable: return {3, 1, {}, {}};     // host unreachable
    case IcmpProblem::port_unreachable: return {3, 3, {}, {}};
    case IcmpProblem::source_route: return {3, 5, {}, {}};
  }
  return {};
}

IcmpHdr header_v6(IcmpProblem problem, std::uint16_t mtu) {
  switch (problem) {
    case IcmpProblem::time_exceeded: return {3, 0, {}, {}};
    case IcmpProblem::too_big: return {2, 0, {}, Be32{std::max(mtu, kLeastIpv6Mtu)}};
    case IcmpProblem::unreachable: return {1, 3, {}, {}};  // address unreachable
    case IcmpProblem::port_unreachable: return {1, 4, {}, {}};
    case IcmpProblem::source_route: return {1, 0, {}, {}};  // of IPv4 alone
  }
  return {};
}

Be16 checksum_of(std::uint64_t sum) {
  return Be16::from_raw(static_cast<std::uint16_t>(~fold_checksum(sum)));
}

void write_v4(std::span<std::uint8_t> out, std::span<const std::uint8_t> offending, const IpAddr& source) {
  Ipv4Hdr ip{};
  ip.version_ihl = 0x45;
  ip.tos = 0xc0;  // internetwork control (RFC 1812, 4.3.2.5)
  ip.total_length = Be16{static_cast<std::uint16_t>(out.size())};
  ip.flags_offset = Be16{Ipv4Hdr::kDontFragment};  // so that no id is needed (RFC 6864, 4.1)
  ip.ttl = kTtl;
  ip.protocol = Be{IpProto::icmp};
  ip.src = source.as_v4();
  std::memcpy(&ip.dst, offending.data() + offsetof(Ipv4Hdr, src), sizeof ip.dst);
  ip.checksum = checksum_of(sum_bytes({reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip}));
  std::memcpy(out.data(), &ip, sizeof ip);
}

/// Returns the sum over the pseudo-header (RFC 8200, 8.1).
std::uint64_t write_v6(std::span<std::uint8_t> out, std::span<const std::uint8_t> offending,
                       const IpAddr& source) {
  Ipv6Hdr ip{};
  ip.version_class_flow = Be32{0x60000000U};
  const auto payload = static_cast<std::uint16_t>(out.size() - sizeof ip);
  ip.payload_length = Be16{payload};
  ip.next_header = Be{IpProto::icmpv6};
  ip.hop_limit = kTtl;
  ip.src = source.bytes;
  std::memcpy(ip.dst.data(), offending.data() + offsetof(Ipv6Hdr, src), ip.dst.size());
  std::memcpy(out.data(), &ip, sizeof ip);
  std::uint64_t sum = sum_bytes(ip.src);
  sum = sum_bytes(ip.dst, sum);
  return sum + Be16{payload}.raw() + Be16{static_cast<std::uint16_t>(IpProto::icmpv6)}.raw();
}

}  // namespace

std::uint16_t icmp_message_bytes(Family family, std::size_t offending) {
  const bool v4 = family == Family::ipv4;
  const std::size_t quote = std::min<std::size_t>(offending, v4 ? kMaxQuoteV4 : kMaxQuoteV6);
  return static_cast<std::uint16_t>((v4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr)) + sizeof(IcmpHdr) + quote);
}

void icmp_message(std::span<std::uint8_t> out, std::span<const std::uint8_t> offending, Family family,
                  const IpAddr& source, IcmpProblem problem, std::uint16_t mtu) {
  const bool v4 = family == Family::ipv4;
  const std::size_t at = v4 ? sizeof(Ipv4Hdr) : sizeof(Ipv6Hdr);
  IcmpHdr icmp = v4 ? header_v4(problem, mtu) : header_v6(problem, mtu);
  std::memcpy(out.data() + at, &icmp, sizeof icmp);
  std::memcpy(out.data() + at + sizeof icmp, offending.data(), out.size() - at - sizeof icmp);
  std::uint64_t sum = 0;
  if (v4) {
    write_v4(out, offending, source);
  } else {
    sum = write_v6(out, offending, source);
  }
  icmp.checksum = checksum_of(sum_bytes(out.subspan(at), sum));
  std::memcpy(out.data() + at, &icmp, sizeof icmp);
}

}  // namespace hvs
