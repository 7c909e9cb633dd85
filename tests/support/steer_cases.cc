// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/steer_cases.h"

#include "tests/support/steer_cases_inside.h"
#include "tests/support/steer_cases_ranges.h"

namespace hvs::test {

namespace {

using What = SteerMatch::What;
using Cases = std::vector<SteerCase>;

constexpr const char* kClient4 = "192.0.2.1";
constexpr const char* kVip4 = "10.10.0.100";
constexpr const char* kLip4 = "10.20.0.10";
constexpr const char* kDest4 = "10.20.0.21";
constexpr const char* kClient6 = "2001:db8::1";
constexpr const char* kVip6 = "fd10::100";
constexpr const char* kLip6 = "fd20::10";
constexpr const char* kDest6 = "fd20::21";

constexpr const char* kNat4 = "10.30.0.21";
constexpr const char* kNat6 = "fd30::21";
constexpr const char* kAny4 = "10.10.0.102";
constexpr const char* kAny6 = "fd10::102";
constexpr const char* kNatAny4 = "10.30.0.22";
constexpr const char* kOwn4 = "10.20.0.1";
constexpr const char* kEnd4 = "10.40.0.21";
constexpr const char* kOwn6 = "fd20::1";
constexpr const char* kEnd6 = "fd40::21";
constexpr const char* kPool4 = "10.50.0.9";  // the address that it is seen by outside
constexpr const char* kPool6 = "fd50::9";

Packet eth() { return Packet().eth(); }

void add_flows(Cases& out) {
  out.push_back({"TcpV4", eth().ipv4(kClient4, kVip4).tcp(40000, 80).build(), What::service, 0});
  out.push_back({"UdpV4", eth().ipv4(kClient4, kVip4).udp(40000, 53).build(), What::service, 1});
  out.push_back({"TcpV6", eth().ipv6(kClient6, kVip6).tcp(40000, 80).build(), What::service, 2});
  out.push_back({"UdpV6", eth().ipv6(kClient6, kVip6).udp(40000, 53).payload("q").build(), What::service, 3});
  out.push_back({"OtherVip", eth().ipv4(kClient4, "10.10.0.101").tcp(1, 443).build(), What::service, 4});
  out.push_back({"OtherPort", eth().ipv4(kClient4, kVip4).tcp(40000, 81).build(), What::pass});
  out.push_back({"OtherProtocol", eth().ipv4(kClient4, kVip4).udp(40000, 80).build(), What::pass});
  out.push_back({"OtherAddress", eth().ipv4(kClient4, "10.10.0.1").tcp(40000, 80).build(), What::pass});
  out.push_back({"FromTheVip", eth().ipv4(kVip4, kClient4).tcp(80, 40000).build(), What::pass});
  out.push_back({"SctpV4", eth().ipv4(kClient4, kVip4).sctp(40000, 80).build(), What::service, 10});
  out.push_back({"SctpV6OtherPort", eth().ipv6(kClient6, kVip6).sctp(40000, 80).build(), What::pass});
  out.push_back({"SctpToLip", eth().ipv4(kDest4, kLip4).sctp(80, 10240).build(), What::lip});
  out.push_back({"OtherProtocolToVip",
                 eth().ipv4(kClient4, kVip4, {.protocol = 33}).payload_bytes(20).build(), What::pass});
  out.push_back({"PingToVip", eth().ipv4(kClient4, kVip4).icmp(8).payload("ping").build(), What::pass});
  out.push_back({"PingToVip6", eth().ipv6(kClient6, kVip6).icmp(128).payload("ping").build(), What::pass});
  out.push_back({"LipLowestPort", eth().ipv4(kDest4, kLip4).tcp(80, 10240).build(), What::lip});
  out.push_back({"LipHighestPort", eth().ipv4(kDest4, kLip4).udp(53, 65535).build(), What::lip});
  out.push_back({"LipBelowItsPorts", eth().ipv4(kDest4, kLip4).tcp(80, 10239).build(), What::pass});
  out.push_back({"Lip6HighestPort", eth().ipv6(kDest6, kLip6).tcp(80, 20000).build(), What::lip});
  out.push_back({"Lip6AboveItsPorts", eth().ipv6(kDest6, kLip6).tcp(80, 20001).build(), What::pass});
  // The IPv4 address in the first bytes of an IPv6 address is another key.
  out.push_back({"V6LooksLikeV4", eth().ipv6(kClient6, "0a0a:64::").tcp(1, 80).build(), What::pass});
}

/// Real servers in mode nat answer the client itself, so they are told by where a frame comes from.
void add_nat_dests(Cases& out) {
  out.push_back({"FromNatDest", eth().ipv4(kNat4, kClient4).tcp(8080, 40000).build(), What::nat_dest});
  out.push_back(
      {"FromNatDest6", eth().ipv6(kNat6, kClient6).udp(53, 40000).payload("a").build(), What::nat_dest});
  out.push_back({"FromNatDestOtherPort", eth().ipv4(kNat4, kClient4).tcp(8081, 40000).build(), What::pass});
  out.push_back(
      {"FromNatDestOtherProtocol", eth().ipv4(kNat4, kClient4).udp(8080, 40000).build(), What::pass});
  out.push_back({"ToNatDest", eth().ipv4(kClient4, kNat4).tcp(40000, 8080).build(), What::pass});
  out.push_back({"FromNatDestToService", eth().ipv4(kNat4, kVip4).tcp(8080, 80).build(), What::service, 0});
  out.push_back({"FromNatDestLaterFragment",
                 eth().ipv4(kNat4, kClient4, {.offset_bytes = 1480, .protocol = 6}).payload_bytes(8).build(),
                 What::fragment});
  out.push_back({"FromNatDestLaterFragmentOtherProtocol",
                 eth().ipv4(kNat4, kClient4, {.offset_bytes = 1480, .protocol = 17}).payload_bytes(8).build(),
                 What::pass});
  const auto error4 = [](const Bytes& quoted, const char* to) {
    return eth().ipv4("203.0.113.9", to).icmp_error(3, 4, quoted).build();
  };
  out.push_back({"IcmpAboutPacketToNatDest",
                 error4(Packet().ipv4(kClient4, kNat4).tcp(40000, 8080).build(), kClient4), What::nat_dest});
  out.push_back({"IcmpAboutPacketToNatDestForAnother",
                 error4(Packet().ipv4(kClient4, kNat4).tcp(40000, 8080).build(), "192.0.2.2"), What::pass});
  out.push_back({"IcmpAboutPacketFromNatDest",
                 error4(Packet().ipv4(kNat4, kClient4).tcp(8080, 40000).build(), kNat4), What::pass});
  out.push_back({"Icmpv6AboutPacketToNatDest",
                 eth()
                     .ipv6(kNat6, kClient6)
                     .icmp_error(1, 4, Packet().ipv6(kClient6, kNat6).udp(40000, 53).build())
                     .build(),
                 What::nat_dest});
}

void add_ethernet(Cases& out) {
  constexpr MacAddr kForeign = {2, 0, 0, 0, 0, 9};
  constexpr MacAddr kBroadcast = {255, 255, 255, 255, 255, 255};
  auto tcp = [](Packet packet) { return packet.ipv4(kClient4, kVip4).tcp(40000, 80).build(); };
  out.push_back({"ForeignMac", tcp(Packet().eth(kForeign)), What::pass});
  out.push_back({"BroadcastMac", tcp(Packet().eth(kBroadcast)), What::pass});
  out.push_back({"Vlan", tcp(eth().vlan(100)), What::service, 0});
  out.push_back({"TwoTags", tcp(eth().vlan(7, EtherType::qinq).vlan(100)), What::service, 0});
  out.push_back({"ThreeTags", tcp(eth().vlan(7).vlan(8).vlan(9)), What::pass});
  out.push_back({"VlanV6", eth().vlan(5).ipv6(kClient6, kVip6).tcp(1, 80).build(), What::service, 2});
  out.push_back({"TagCutOff", truncated(tcp(eth().vlan(100)), 17), What::pass});
  out.push_back({"EthernetOnly", truncated(tcp(eth()), 14), What::pass});
  out.push_back(
      {"Arp", Packet().eth(kPortMac, kPeerMac, EtherType::arp).payload_bytes(28).build(), What::pass});
  out.push_back({"V4TypeOverV6",
                 Packet().eth(kPortMac, kPeerMac, EtherType::ipv4).ipv6(kClient6, kVip6).tcp(1, 80).build(),
                 What::pass});
  out.push_back(
      {"Padding", eth().ipv4(kClient4, kVip4).udp(1, 53).payload("x").padding(17).build(), What::service, 1});
}

void add_ipv4_headers(Cases& out) {
  auto tcp = [](const Ipv4Fields& fields) {
    return eth().ipv4(kClient4, kVip4, fields).tcp(40000, 80).build();
  };
  out.push_back({"Options", tcp({.options = {7, 7, 4, 0, 0, 0, 0}}), What::service, 0});
  out.push_back({"MostOptions", tcp({.options = Bytes(40, 1)}), What::service, 0});
  out.push_back({"IhlTooSmall", tcp({.version_ihl = 0x44}), What::pass});
  out.push_back({"IhlBeyondPacket", tcp({.total_length = 40, .version_ihl = 0x4f}), What::pass});
  out.push_back({"Version5", tcp({.version_ihl = 0x55}), What::pass});
  out.push_back({"TotalLengthBeyondFrame", tcp({.total_length = 41}), What::pass});
  out.push_back({"TotalLengthBelowHeader", tcp({.total_length = 19}), What::pass});
  out.push_back({"TotalLengthOnlyPorts", tcp({.total_length = 24}), What::service, 0});
  out.push_back({"TotalLengthCutsPorts", tcp({.total_length = 23}), What::pass});
  out.push_back({"WrongHeaderChecksum", tcp({.checksum = 0xdead}), What::service, 0});
  out.push_back({"PortsInPaddingOnly", tcp({.total_length = 20}), What::pass});
}

void add_ipv6_headers(Cases& out) {
  auto v6 = [] { return eth().ipv6(kClient6, kVip6); };
  out.push_back({"HopByHop", v6().extension(IpProto::hop_by_hop).tcp(1, 80).build(), What::service, 2});
  out.push_back({"ThreeExtensions",
                 v6().extension(IpProto::hop_by_hop)
                     .extension(IpProto::routing, 3)
                     .extension(IpProto::dest_options, 2)
                     .udp(1, 53)
                     .build(),
                 What::service, 3});
  Packet six = v6();
  for (int i = 0; i < 6; ++i) six.extension(IpProto::dest_options);
  Packet seven = six;
  out.push_back({"SixExtensions", six.tcp(1, 80).build(), What::service, 2});
  out.push_back({"SevenExtensions", seven.extension(IpProto::dest_options).tcp(1, 80).build(), What::pass});
  out.push_back(
      {"DeepButWithinBound", v6().extension(IpProto::hop_by_hop, 56).tcp(1, 80).build(), What::service, 2});
  out.push_back({"DeeperThanBound", v6().extension(IpProto::hop_by_hop, 57).tcp(1, 80).build(), What::pass});
  const Bytes extended = v6().extension(IpProto::dest_options, 4).tcp(1, 80).build();
  Bytes beyond = extended;
  beyond[14 + 40 + 1] = 200;
  out.push_back({"ExtensionBeyondPacket", beyond, What::pass});
  out.push_back({"AuthenticationHeader",
                 eth().ipv6(kClient6, kVip6, {.next_header = 51}).payload_bytes(40).build(), What::pass});
  out.push_back({"Version4InV6", eth().ipv6(kClient6, kVip6, {.version = 4}).tcp(1, 80).build(), What::pass});
  out.push_back({"PayloadBeyondFrame", eth().ipv6(kClient6, kVip6, {.payload_length = 21}).tcp(1, 80).build(),
                 What::pass});
  out.push_back({"PayloadOnlyPorts", eth().ipv6(kClient6, kVip6, {.payload_length = 4}).tcp(1, 80).build(),
                 What::service, 2});
  out.push_back(
      {"PayloadZero", eth().ipv6(kClient6, kVip6, {.payload_length = 0}).tcp(1, 80).build(), What::pass});
  out.push_back(
      {"V4IcmpInV6", eth().ipv6(kClient6, kVip6, {.next_header = 1}).payload_bytes(60).build(), What::pass});
}

void add_fragments(Cases& out) {
  const Bytes v4 = eth().ipv4(kClient4, kVip4).udp(1, 53).payload_bytes(100).build();
  const auto parts = fragments_of(v4, 48);
  out.push_back({"FirstFragment", parts[0], What::service, 1});
  out.push_back({"MiddleFragment", parts[1], What::fragment});
  out.push_back({"LastFragment", parts[2], What::fragment});
  const auto parts6 = fragments_of(eth().ipv6(kClient6, kVip6).tcp(1, 80).payload_bytes(100).build(), 64);
  out.push_back({"FirstFragment6", parts6[0], What::service, 2});
  out.push_back({"LaterFragment6", parts6[1], What::fragment});
  auto later = [](const char* dst, std::uint8_t protocol) {
    return eth().ipv4(kClient4, dst, {.offset_bytes = 800, .protocol = protocol}).payload_bytes(8).build();
  };
  out.push_back({"LaterFragmentToLip", later(kLip4, 6), What::fragment});
  out.push_back({"LaterFragmentIcmpToLip", later(kLip4, 1), What::pass});
  out.push_back({"LaterFragmentIcmpToVip", later(kVip4, 1), What::pass});
  out.push_back({"LaterFragmentProtocolWithoutService", later("10.10.0.101", 17), What::pass});
  out.push_back({"LaterFragmentElsewhere", later("10.10.0.1", 6), What::pass});
  out.push_back({"LaterFragmentEmpty", truncated(later(kVip4, 6), 34), What::pass});
  out.push_back(
      {"AtomicFragment6", eth().ipv6(kClient6, kVip6).fragment().tcp(1, 80).build(), What::service, 2});
  auto later6 = [](const char* dst, std::uint8_t next) {
    auto packet = eth().ipv6(kClient6, dst).fragment({.offset_bytes = 8, .next_header = next});
    return packet.payload_bytes(16).build();
  };
  out.push_back({"LaterFragment6OfOptions", later6(kVip6, 60), What::fragment});
  out.push_back({"LaterFragment6OfRoutingToLip", later6(kLip6, 43), What::fragment});
  out.push_back({"LaterFragment6OfOptionsElsewhere", later6("fd10::1", 60), What::pass});
  out.push_back({"LaterFragment6OfNothing", later6(kVip6, 59), What::pass});
  out.push_back({"LaterFragmentNumberedAsOptions", later(kVip4, 60), What::pass});
  auto first6 = eth().ipv6(kClient6, kVip6).fragment({.more_fragments = true});
  out.push_back({"ExtensionBehindFragmentHeader", first6.extension(IpProto::dest_options).tcp(1, 80).build(),
                 What::service, 2});
  out.push_back({"FragmentHeaderCutOff",
                 eth().ipv6(kClient6, kVip6, {.next_header = 44}).payload_bytes(7).build(), What::pass});
}

void add_icmp_v4(Cases& out) {
  const Bytes quoted = Packet().ipv4(kVip4, kClient4).tcp(80, 40000).payload_bytes(60).build();
  auto error = [](int type, const Bytes& quote, const char* dst = kVip4) {
    return eth().ipv4("203.0.113.9", dst).icmp_error(static_cast<std::uint8_t>(type), 0, quote).build();
  };
  for (const int type : {3, 11, 12})
    out.push_back({"IcmpErrorType" + std::to_string(type), error(type, quoted), What::service, 0});
  for (const int type : {0, 4, 5, 8, 13})
    out.push_back({"IcmpType" + std::to_string(type), error(type, quoted), What::pass});
  out.push_back({"IcmpQuoteEightBytes", error(3, truncated(quoted, 28)), What::service, 0});
  out.push_back({"IcmpQuoteOnlyPorts", error(3, truncated(quoted, 24)), What::service, 0});
  out.push_back({"IcmpQuoteCutsPorts", error(3, truncated(quoted, 23)), What::pass});
  out.push_back({"IcmpQuoteCutsHeader", error(3, truncated(quoted, 19)), What::pass});
  out.push_back({"IcmpNoQuote", error(3, {}), What::pass});
  out.push_back({"IcmpToOtherAddress", error(3, quoted, "10.10.0.101"), What::pass});
  out.push_back(
      {"IcmpQuoteOtherPort", error(3, Packet().ipv4(kVip4, kClient4).tcp(81, 1).build()), What::pass});
  out.push_back({"IcmpQuoteIcmp", error(3, Packet().ipv4(kVip4, kClient4).icmp(0).build()), What::pass});
  out.push_back({"IcmpQuoteV6", error(3, Packet().ipv6(kVip6, kClient6).tcp(80, 1).build()), What::pass});
  out.push_back({"IcmpQuoteUdpOfService", error(3, Packet().ipv4(kVip4, kClient4).udp(53, 9).build()),
                 What::service, 1});
  out.push_back({"IcmpQuoteOptions",
                 error(11, Packet().ipv4(kVip4, kClient4, {.options = Bytes(12, 1)}).tcp(80, 1).build()),
                 What::service, 0});
  out.push_back({"IcmpQuoteFirstFragment",
                 error(11, Packet().ipv4(kVip4, kClient4, {.more_fragments = true}).tcp(80, 1).build()),
                 What::service, 0});
  out.push_back({"IcmpQuoteLaterFragment",
                 error(11, Packet().ipv4(kVip4, kClient4, {.offset_bytes = 8}).tcp(80, 1).build()),
                 What::pass});
  out.push_back({"IcmpQuoteIhlTooSmall",
                 error(3, Packet().ipv4(kVip4, kClient4, {.version_ihl = 0x43}).tcp(80, 1).build()),
                 What::pass});
  out.push_back(
      {"IcmpQuoteToLip", error(3, Packet().ipv4(kLip4, kDest4).tcp(20000, 80).build(), kLip4), What::lip});
  out.push_back({"IcmpQuoteToLipOtherPort",
                 error(3, Packet().ipv4(kLip4, kDest4).tcp(1024, 80).build(), kLip4), What::pass});
  out.push_back({"IcmpErrorFirstFragment",
                 eth().ipv4("203.0.113.9", kVip4, {.more_fragments = true}).icmp_error(3, 4, quoted).build(),
                 What::pass});
}

void add_icmp_v6(Cases& out) {
  const Bytes quoted = Packet().ipv6(kVip6, kClient6).tcp(80, 40000).payload_bytes(60).build();
  auto error = [](int type, const Bytes& quote) {
    return eth()
        .ipv6("2001:db8::9", kVip6)
        .icmp_error(static_cast<std::uint8_t>(type), 0, quote, 1280)
        .build();
  };
  for (const int type : {1, 2, 3, 4})
    out.push_back({"Icmpv6ErrorType" + std::to_string(type), error(type, quoted), What::service, 2});
  for (const int type : {0, 5, 100, 135})
    out.push_back({"Icmpv6Type" + std::to_string(type), error(type, quoted), What::pass});
  out.push_back({"Icmpv6QuoteOnlyPorts", error(2, truncated(quoted, 44)), What::service, 2});
  out.push_back({"Icmpv6QuoteCutsPorts", error(2, truncated(quoted, 43)), What::pass});
  out.push_back(
      {"Icmpv6QuoteExtensions",
       error(2, Packet().ipv6(kVip6, kClient6).extension(IpProto::dest_options, 2).udp(53, 9).build()),
       What::service, 3});
  out.push_back({"Icmpv6QuoteAtomicFragment",
                 error(2, Packet().ipv6(kVip6, kClient6).fragment().tcp(80, 9).build()), What::service, 2});
  out.push_back({"Icmpv6QuoteLaterFragment",
                 error(2, Packet().ipv6(kVip6, kClient6).fragment({.offset_bytes = 8}).tcp(80, 9).build()),
                 What::pass});
  out.push_back({"Icmpv6QuoteOtherSource", error(2, Packet().ipv6("fd10::101", kClient6).tcp(80, 9).build()),
                 What::pass});
  out.push_back(
      {"Icmpv6BehindExtension",
       eth().ipv6("2001:db8::9", kVip6).extension(IpProto::hop_by_hop).icmp_error(1, 0, quoted).build(),
       What::service, 2});
  out.push_back(
      {"Icmpv6ErrorInFragment",
       eth().ipv6("2001:db8::9", kVip6).fragment({.more_fragments = true}).icmp_error(1, 0, quoted).build(),
       What::pass});
  out.push_back({"Icmpv6ErrorInAtomicFragment",
                 eth().ipv6("2001:db8::9", kVip6).fragment().icmp_error(1, 0, quoted).build(), What::service,
                 2});
  out.push_back({"Icmpv6ToLip",
                 eth()
                     .ipv6(kDest6, kLip6)
                     .icmp_error(1, 4, Packet().ipv6(kLip6, kDest6).udp(10240, 53).build())
                     .build(),
                 What::lip});
}

/// Routers complain about packets that we put into a tunnel; what else comes from a tunnel's end is the
/// kernel's.
void add_tunnels(Cases& out) {
  const auto inner = [](Packet outer) { return outer.payload_bytes(28).build(); };
  const auto v4 = [&](std::uint8_t protocol, const char* end = kEnd4, const char* from = kOwn4) {
    return inner(Packet().ipv4(from, end, {.protocol = protocol}));
  };
  const auto error4 = [](const Bytes& quoted, const char* to = kOwn4) {
    return eth().ipv4("203.0.113.9", to).icmp_error(3, 4, quoted).build();
  };
  out.push_back({"IcmpAboutIpip", error4(v4(4)), What::tunnel});
  out.push_back({"IcmpAboutIpipHeaderOnly", error4(truncated(v4(4), 20)), What::tunnel});
  out.push_back({"IcmpAboutIpipHeaderCut", error4(truncated(v4(4), 19)), What::pass});
  out.push_back({"IcmpAboutGre", error4(v4(47)), What::tunnel});
  out.push_back({"IcmpAboutIpv6InIpv4WithoutTunnel", error4(v4(41)), What::pass});
  out.push_back({"IcmpAboutEsp", error4(v4(50)), What::pass});
  out.push_back({"IcmpAboutIpipElsewhere", error4(v4(4, "10.40.0.22")), What::pass});
  out.push_back({"IcmpAboutIpipOfAnother", error4(v4(4), "10.20.0.2"), What::pass});
  out.push_back({"IcmpAboutIpipLaterFragment",
                 error4(inner(Packet().ipv4(kOwn4, kEnd4, {.offset_bytes = 8, .protocol = 4}))), What::pass});
  out.push_back({"IcmpAboutGue", error4(inner(Packet().ipv4(kOwn4, kEnd4).udp(50000, 6080))), What::tunnel});
  out.push_back(
      {"IcmpAboutGueOtherPort", error4(inner(Packet().ipv4(kOwn4, kEnd4).udp(50000, 6081))), What::pass});
  out.push_back(
      {"FromTunnelEnd", eth().ipv4(kEnd4, kOwn4).udp(6080, 50000).payload("x").build(), What::pass});
  out.push_back({"IpipToUs", inner(eth().ipv4(kEnd4, kOwn4, {.protocol = 4})), What::pass});
  const auto v6 = [&](std::uint8_t protocol) {
    return eth()
        .ipv6("2001:db8::9", kOwn6)
        .icmp_error(2, 0, inner(Packet().ipv6(kOwn6, kEnd6, {.next_header = protocol})), 1280)
        .build();
  };
  out.push_back({"Icmpv6AboutIpipV6", v6(41), What::tunnel});
  out.push_back({"Icmpv6AboutGre", v6(47), What::tunnel});
  out.push_back({"Icmpv6AboutIpv4InIpv6WithoutTunnel", v6(4), What::pass});
}

hvs_steer_lip ports(std::uint16_t low, std::uint16_t high, std::uint32_t uses = 0) {
  return {low, high, uses};
}

SteerRows::NetRow net(const char* addr, std::uint8_t length, std::uint32_t protocols) {
  return {net_key({*IpAddr::parse(addr), length}), {protocols}};
}

}  // namespace

SteerRows case_rows() {
  auto key = [](const char* addr, std::uint8_t protocol, std::uint16_t port) {
    return service_key(*IpAddr::parse(addr), protocol, Be16{port});
  };
  SteerRows rows;
  rows.services = {{key(kVip4, 6, 80), ServiceSlot{0}},          {key(kVip4, 17, 53), ServiceSlot{1}},
                   {key(kVip6, 6, 80), ServiceSlot{2}},          {key(kVip6, 17, 53), ServiceSlot{3}},
                   {key("10.10.0.101", 6, 443), ServiceSlot{4}}, {key(kAny4, 6, 443), ServiceSlot{7}},
                   {key(kAny4, 6, 9443), ServiceSlot{7}},        {key(kVip4, 132, 80), ServiceSlot{10}}};
  const auto range = [](const char* addr, std::uint8_t protocol, const PortRange& of, std::uint32_t slot) {
    return SteerRows::RangeRow{vip_key(*IpAddr::parse(addr), protocol), of, ServiceSlot{slot}};
  };
  rows.ranges = {range(kVip4, 6, {L4Port{8000}, L4Port{8099}}, 5),
                 range(kAny4, 6, {L4Port{9000}, L4Port{9999}}, 8),
                 range(kAny4, 6, kAnyPort, 6),
                 range(kAny6, 17, kAnyPort, 9),
                 range(kLip4, 6, {L4Port{9000}, L4Port{9999}}, 5),
                 range(kLip4, 6, {L4Port{10240}, L4Port{20000}}, 5)};
  rows.lips = {{lip_key(*IpAddr::parse(kLip4)), ports(10240, 65535)},
               {lip_key(*IpAddr::parse(kLip6)), ports(10240, 20000)},
               {lip_key(*IpAddr::parse(kPool4)), ports(10240, 65535, HVS_STEER_LIP_QUERIES)},
               {lip_key(*IpAddr::parse(kPool6)), ports(10240, 65535, HVS_STEER_LIP_QUERIES)}};
  constexpr std::uint32_t kNat = HVS_STEER_DEST_NAT;
  constexpr std::uint32_t kNatAny = HVS_STEER_DEST_NAT_ANY;
  constexpr std::uint32_t kTunnel = HVS_STEER_DEST_TUNNEL;
  rows.dests = {{key(kNat4, 6, 8080), {1, kNat}},     {key(kNat4, 6, 0), {1, kNat}},
                {key(kNat6, 17, 53), {2, kNat}},      {key(kNat6, 17, 0), {2, kNat}},
                {key(kEnd4, 4, 0), {1, kTunnel}},     {key(kEnd4, 47, 0), {3, kTunnel}},
                {key(kEnd4, 17, 6080), {1, kTunnel}}, {key(kEnd6, 41, 0), {1, kTunnel}},
                {key(kEnd6, 47, 0), {1, kTunnel}},    {key(kNatAny4, 6, 0), {1, kNat | kNatAny}}};
  constexpr std::uint32_t kAll = HVS_STEER_TCP | HVS_STEER_UDP | HVS_STEER_SCTP | HVS_STEER_ICMP;
  rows.inside = {net("10.60.0.0", 16, HVS_STEER_TCP | HVS_STEER_ICMP), net("10.60.1.0", 24, kAll),
                 net("fd60::", 16, kAll), net("10.60.9.0", 24, 0)};
  rows.outside = {net("0.0.0.0", 0, kAll), net("::", 0, kAll),        net("10.60.0.1", 32, 0),
                  net("fd60::1", 128, 0),  net("224.0.0.0", 4, 0),    net("ff00::", 8, 0),
                  net("10.10.0.1", 32, 0), net("10.10.0.100", 32, 0), net("198.51.100.0", 24, HVS_STEER_TCP)};
  return rows;
}

const std::vector<SteerCase>& steer_cases() {
  static const Cases cases = [] {
    Cases out;
    add_flows(out);
    add_nat_dests(out);
    add_range_cases(out);
    add_ethernet(out);
    add_ipv4_headers(out);
    add_ipv6_headers(out);
    add_fragments(out);
    add_icmp_v4(out);
    add_icmp_v6(out);
    add_tunnels(out);
    add_inside_cases(out);
    return out;
  }();
  return cases;
}

}  // namespace hvs::test
