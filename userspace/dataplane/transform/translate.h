// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/conn/mapped.h"
#include "net/checksum.h"
#include "net/headers.h"
#include "net/parse.h"

// Mode fullnat between the families: IP headers become those of the other one (RFC 7915). L4 headers are
// edited where they lie, and the new IP header ends where they begin; so it begins earlier or later than the
// old one did.
namespace hvs {

/// By how many bytes a header may begin earlier: an IPv4 header of 20 bytes becomes 40 and a fragment header.
inline constexpr std::uint16_t kIpGrowth = sizeof(Ipv6Hdr) + sizeof(Ipv6FragHdr) - sizeof(Ipv4Hdr);

/// What a packet gets, as it stands in the connection: IPv4 addresses are mapped. Ports are raw.
struct Crossing {
  V6::Addr src;
  V6::Addr dst;
  std::uint16_t src_port;
  std::uint16_t dst_port;

  static Crossing of(const Connection<V6>& conn, Direction d) {
    const FlowKey<V6> other = conn.key(opposite(d));
    return {other.dst, other.src, other.dst_port, other.src_port};
  }
};

/// The header's checksum is right. IPv6 has none that could go on being wrong.
[[nodiscard]] bool sound_header(const Ipv4Hdr& ip);
/// The same for a header without options: of a length that the compiler knows.
[[nodiscard]] inline bool sound_plain_header(const Ipv4Hdr& ip) {
  return fold_checksum(sum_bytes({reinterpret_cast<const std::uint8_t*>(&ip), sizeof ip})) == 0xffff;
}
/// The fragment header of the IPv6 packet at `l3`, if there is one before `end`.
[[nodiscard]] const Ipv6FragHdr* fragment_header(const std::uint8_t* frame, std::uint16_t l3,
                                                 std::uint16_t end);

/// Bytes that the packet has in the other family.
[[nodiscard]] unsigned size_as_ipv6(const std::uint8_t* frame, const Parsed& p);
[[nodiscard]] inline unsigned size_as_ipv4(const Parsed& p) {
  return unsigned{sizeof(Ipv4Hdr)} + p.end - p.l4;
}
/// IPv4 packets that have come from IPv6 may be cut up to this size: a sender of IPv6 need not believe in
/// smaller MTUs than 1,280 (RFC 7915, 5.1).
inline constexpr unsigned kMayBeCut = 1260;

/// Ports and checksum of a flow, for the other family's pseudo-header. UDP without checksum, whole, gets one
/// on its way to IPv6 (RFC 7915, 4.5). IP headers must still be the old ones.
void cross_l4(std::uint8_t* frame, const Parsed& p, const Crossing& to);

/// Puts an IPv6 header in front of `l4`, in the place of the IPv4 header at `l3`, which may overlap; TTL is
/// taken one from. Returns where it begins, at most kIpGrowth bytes before `l3`.
std::uint16_t become_ipv6(std::uint8_t* frame, std::uint16_t l3, std::uint16_t end, const V6::Addr& src,
                          const V6::Addr& dst);
/// The other way. `id` is that of a packet that has none of its own and may be cut on its way.
std::uint16_t become_ipv4(std::uint8_t* frame, const Parsed& p, V4::Addr src, V4::Addr dst, std::uint16_t id);

/// MTUs that an error about one has to do with.
struct IcmpMtus {
  std::uint16_t quoted = 0;  // of the way that the quoted packet took from here
  std::uint16_t error = 0;   // of the way that the error takes
};
/// An ICMP error's header in the other family, without a checksum (RFC 7915, 4.2 and 5.2); nothing when it
/// has no counterpart. `quoted_bytes` is the length of the quoted packet.
[[nodiscard]] std::optional<IcmpHdr> icmp_as_ipv6(const IcmpHdr& icmp, std::uint16_t quoted_bytes,
                                                  const IcmpMtus& mtus);
[[nodiscard]] std::optional<IcmpHdr> icmp_as_ipv4(const IcmpHdr& icmp, const IcmpMtus& mtus);

/// Where the packet of a translated error lies.
struct CrossedError {
  std::uint16_t l3;
  std::uint16_t end;
};
/// By how many bytes a translated error may begin earlier.
inline constexpr std::uint16_t kIcmpGrowth = 2 * kIpGrowth;
/// Translates an ICMP error that quotes a packet which we had sent; `original` is that packet as its sender
/// had sent it to us, `icmp` the error's new header. It goes to that sender, from whom that one had sent to.
CrossedError cross_icmp_error(std::uint8_t* frame, const Parsed& p, const Crossing& original,
                              const IcmpHdr& icmp, std::uint16_t id);

}  // namespace hvs
