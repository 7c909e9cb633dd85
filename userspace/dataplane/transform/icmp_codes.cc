// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <array>

#include "dataplane/transform/translate.h"

// What an ICMP error says, in the other family's words (RFC 7915, 4.2 and 5.2).

namespace hvs {

namespace {

constexpr unsigned kGrowth = sizeof(Ipv6Hdr) - sizeof(Ipv4Hdr);
constexpr unsigned kLeastIpv4Mtu = 68;  // RFC 791, 3.2
constexpr std::uint8_t kNone = 0xff;

namespace v4 {
constexpr std::uint8_t kUnreachable = 3;
constexpr std::uint8_t kTimeExceeded = 11;
constexpr std::uint8_t kParameter = 12;
constexpr std::uint8_t kProtocol = 2;  // codes of "unreachable"
constexpr std::uint8_t kFragNeeded = 4;
}  // namespace v4
namespace v6 {
constexpr std::uint8_t kUnreachable = 1;
constexpr std::uint8_t kTooBig = 2;
constexpr std::uint8_t kTimeExceeded = 3;
constexpr std::uint8_t kParameter = 4;
constexpr std::uint8_t kNextHeader = 1;  // code of "parameter problem"
}  // namespace v6

/// By code of "unreachable": no route to destination (0), administratively prohibited (1), port unreachable.
constexpr std::array<std::uint8_t, 16> kUnreachableV6 = {0, 0, kNone, 4, kNone, 0, 0,     0,
                                                         0, 1, 1,     0, 0,     1, kNone, 1};
/// Host unreachable, administratively prohibited, host, host, port.
constexpr std::array<std::uint8_t, 5> kUnreachableV4 = {1, 10, 1, 1, 3};

/// Fields of one header by the place of the same field in the other (RFC 7915, figures 3 and 6).
constexpr std::array<std::uint8_t, 20> kPointerV6 = {0,     1,     4, 4, kNone, kNone, kNone, kNone, 7,  6,
                                                     kNone, kNone, 8, 8, 8,     8,     24,    24,    24, 24};
constexpr std::uint8_t pointer_v4(std::uint32_t pointer) {
  constexpr std::array<std::uint8_t, 8> kFirst = {0, 1, kNone, kNone, 2, 2, 9, 8};
  if (pointer < kFirst.size()) return kFirst[pointer];
  return pointer < 24 ? 12 : pointer < sizeof(Ipv6Hdr) ? 16 : kNone;
}

/// A router that does not know next-hop MTUs: the next smaller size that links have (RFC 1191, section 7).
unsigned plateau_below(unsigned bytes) {
  constexpr std::array<std::uint16_t, 11> kPlateaus = {65535, 32000, 17914, 8166, 4352, 2002,
                                                       1492,  1006,  508,   296,  68};
  const auto* found = std::find_if(kPlateaus.begin(), kPlateaus.end(), [&](unsigned p) { return p < bytes; });
  return found == kPlateaus.end() ? kPlateaus.back() : *found;
}

IcmpHdr too_big(unsigned told, const IcmpMtus& mtus) {
  const unsigned mtu = std::min({told + kGrowth, unsigned{mtus.quoted} + kGrowth, unsigned{mtus.error}});
  return {v6::kTooBig, 0, {}, Be32{std::max<unsigned>(mtu, kLeastIpv6Mtu)}};
}

std::optional<IcmpHdr> unreachable_as_ipv6(const IcmpHdr& icmp, unsigned quoted_bytes, const IcmpMtus& mtus) {
  if (icmp.code == v4::kProtocol)
    return IcmpHdr{v6::kParameter, v6::kNextHeader, {}, Be32{offsetof(Ipv6Hdr, next_header)}};
  if (icmp.code == v4::kFragNeeded) {
    const unsigned told = icmp.rest.host() & 0xffff;
    return too_big(told != 0 ? told : plateau_below(quoted_bytes), mtus);
  }
  if (icmp.code >= kUnreachableV6.size() || kUnreachableV6[icmp.code] == kNone) return std::nullopt;
  return IcmpHdr{v6::kUnreachable, kUnreachableV6[icmp.code], {}, {}};
}

}  // namespace

std::optional<IcmpHdr> icmp_as_ipv6(const IcmpHdr& icmp, std::uint16_t quoted_bytes, const IcmpMtus& mtus) {
  if (icmp.type == v4::kUnreachable) return unreachable_as_ipv6(icmp, quoted_bytes, mtus);
  if (icmp.type == v4::kTimeExceeded) return IcmpHdr{v6::kTimeExceeded, icmp.code, {}, {}};
  if (icmp.type != v4::kParameter || (icmp.code != 0 && icmp.code != 2)) return std::nullopt;
  const std::uint32_t pointer = icmp.rest.host() >> 24;
  if (pointer >= kPointerV6.size() || kPointerV6[pointer] == kNone) return std::nullopt;
  return IcmpHdr{v6::kParameter, 0, {}, Be32{kPointerV6[pointer]}};
}

std::optional<IcmpHdr> icmp_as_ipv4(const IcmpHdr& icmp, const IcmpMtus& mtus) {
  switch (icmp.type) {
    case v6::kUnreachable:
      if (icmp.code >= kUnreachableV4.size()) return std::nullopt;
      return IcmpHdr{v4::kUnreachable, kUnreachableV4[icmp.code], {}, {}};
    case v6::kTooBig: {
      const unsigned told =
          std::max(std::min<unsigned>(icmp.rest.host(), mtus.quoted), kLeastIpv4Mtu + kGrowth);
      return IcmpHdr{
          v4::kUnreachable, v4::kFragNeeded, {}, Be32{std::min<unsigned>(told - kGrowth, mtus.error)}};
    }
    case v6::kTimeExceeded: return IcmpHdr{v4::kTimeExceeded, icmp.code, {}, {}};
    case v6::kParameter: {
      if (icmp.code == v6::kNextHeader) return IcmpHdr{v4::kUnreachable, v4::kProtocol, {}, {}};
      const std::uint8_t pointer = pointer_v4(icmp.rest.host());
      if (icmp.code != 0 || pointer == kNone) return std::nullopt;
      return IcmpHdr{v4::kParameter, 0, {}, Be32{std::uint32_t{pointer} << 24}};
    }
    default: return std::nullopt;  // a number from the wire
  }
}

}  // namespace hvs
