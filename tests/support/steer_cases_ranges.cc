// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/steer_cases_ranges.h"

namespace hvs::test {

namespace {

using What = SteerMatch::What;

constexpr const char* kClient4 = "192.0.2.1";
constexpr const char* kVip4 = "10.10.0.100";
constexpr const char* kLip4 = "10.20.0.10";
constexpr const char* kClient6 = "2001:db8::1";
constexpr const char* kAny4 = "10.10.0.102";
constexpr const char* kAny6 = "fd10::102";
constexpr const char* kNatAny4 = "10.30.0.22";

Packet eth() { return Packet().eth(); }

}  // namespace

void add_range_cases(std::vector<SteerCase>& out) {
  const auto tcp = [](const char* vip, std::uint16_t port) {
    return eth().ipv4(kClient4, vip).tcp(40000, port).build();
  };
  out.push_back({"BelowRange", tcp(kVip4, 7999), What::pass});
  out.push_back({"RangeLowest", tcp(kVip4, 8000), What::service, 5});
  out.push_back({"RangeHighest", tcp(kVip4, 8099), What::service, 5});
  out.push_back({"AboveRange", tcp(kVip4, 8100), What::pass});
  out.push_back({"RangeOtherProtocol", eth().ipv4(kClient4, kVip4).udp(40000, 8000).build(), What::pass});
  out.push_back({"AnyPort", tcp(kAny4, 22), What::service, 6});
  out.push_back({"AnyPortHighest", tcp(kAny4, 65535), What::service, 6});
  out.push_back({"AnyPortZero", tcp(kAny4, 0), What::service, 6});
  out.push_back({"SinglePortBeforeAnyPort", tcp(kAny4, 443), What::service, 7});
  out.push_back({"RangeBeforeAnyPort", tcp(kAny4, 9500), What::service, 8});
  out.push_back({"SinglePortBeforeRange", tcp(kAny4, 9443), What::service, 7});
  out.push_back({"AnyPortOtherProtocol", eth().ipv4(kClient4, kAny4).udp(1, 22).build(), What::pass});
  out.push_back({"AnyPort6", eth().ipv6(kClient6, kAny6).udp(1, 7).build(), What::service, 9});
  out.push_back({"PingToAnyPort", eth().ipv4(kClient4, kAny4).icmp(8).payload("ping").build(), What::pass});
  out.push_back({"AnyPortFirstFragment",
                 eth().ipv4(kClient4, kAny4, {.more_fragments = true}).tcp(40000, 22).build(), What::service,
                 6});
  out.push_back({"AnyPortLaterFragment",
                 eth().ipv4(kClient4, kAny4, {.offset_bytes = 800, .protocol = 6}).payload_bytes(8).build(),
                 What::fragment});
  const auto about = [](const Bytes& quoted, const char* to) {
    return eth().ipv4("203.0.113.9", to).icmp_error(3, 4, quoted).build();
  };
  out.push_back({"IcmpAboutAnyPort", about(Packet().ipv4(kAny4, kClient4).tcp(22, 40000).build(), kAny4),
                 What::service, 6});
  out.push_back({"IcmpAboutRange", about(Packet().ipv4(kVip4, kClient4).tcp(8050, 40000).build(), kVip4),
                 What::service, 5});
  out.push_back({"IcmpAboutGreFromAnyPort",
                 about(Packet().ipv4(kAny4, kClient4, {.protocol = 47}).payload_bytes(8).build(), kAny4),
                 What::pass});
  // A VIP that is a LIP: connections from it go on, whatever else the address was given.
  out.push_back({"LipBeforeRange", tcp(kLip4, 10240), What::lip});
  out.push_back({"RangeOfLip", tcp(kLip4, 9000), What::service, 5});
  out.push_back(
      {"FromNatDestOnAnyPort", eth().ipv4(kNatAny4, kClient4).tcp(22, 40000).build(), What::nat_dest});
  out.push_back(
      {"FromNatDestOnAnyPortOtherProtocol", eth().ipv4(kNatAny4, kClient4).udp(22, 1).build(), What::pass});
  out.push_back({"FromNatDestOnAnyPortLaterFragment",
                 eth().ipv4(kNatAny4, kClient4, {.offset_bytes = 8, .protocol = 6}).payload_bytes(8).build(),
                 What::fragment});
  out.push_back(
      {"FromNatDestOnAnyPortToRange", eth().ipv4(kNatAny4, kVip4).tcp(22, 8000).build(), What::service, 5});
  out.push_back({"IcmpAboutPacketToNatDestOnAnyPort",
                 about(Packet().ipv4(kClient4, kNatAny4).tcp(40000, 22).build(), kClient4), What::nat_dest});
}

}  // namespace hvs::test
