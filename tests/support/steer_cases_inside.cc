// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tests/support/steer_cases_inside.h"

namespace hvs::test {

namespace {

using What = SteerMatch::What;
using Cases = std::vector<SteerCase>;

constexpr const char* kVip4 = "10.10.0.100";
constexpr const char* kLip4 = "10.20.0.10";
constexpr const char* kIn4 = "10.60.1.7";    // an inside host
constexpr const char* kPool4 = "10.50.0.9";  // the address that it is seen by outside
constexpr const char* kOut4 = "203.0.113.80";
constexpr const char* kIn6 = "fd60::7";
constexpr const char* kPool6 = "fd50::9";
constexpr const char* kOut6 = "2001:db8:80::1";

Packet eth() { return Packet().eth(); }

/// Mode snat.
void add_inside(Cases& out) {
  const auto tcp = [](const char* src, const char* dst) {
    return eth().ipv4(src, dst).tcp(40000, 443).build();
  };
  const auto udp = [](const char* src, const char* dst) {
    return eth().ipv4(src, dst).udp(40000, 443).build();
  };
  out.push_back({"InsideTcp", tcp(kIn4, kOut4), What::inside});
  out.push_back({"InsideUdp", udp(kIn4, kOut4), What::inside});
  out.push_back({"InsideUdpFromWhereOnlyTcpIs", udp("10.60.2.7", kOut4), What::pass});
  out.push_back({"InsideTcpFromTheWiderNetwork", tcp("10.60.2.7", kOut4), What::inside});
  out.push_back({"InsideTakenOut", tcp("10.60.9.7", kOut4), What::pass});
  out.push_back({"InsideNeighbour", tcp("10.61.0.7", kOut4), What::pass});
  out.push_back({"InsideToOurselves", tcp(kIn4, "10.60.0.1"), What::pass});
  out.push_back({"InsideToAVipsOtherPort", tcp(kIn4, kVip4), What::pass});
  out.push_back({"InsideToMulticast", udp(kIn4, "239.1.2.3"), What::pass});
  out.push_back({"InsideToWhereOnlyTcpGoes", udp(kIn4, "198.51.100.9"), What::pass});
  out.push_back({"InsideTcpToWhereItGoes", tcp(kIn4, "198.51.100.9"), What::inside});
  out.push_back({"OutsideToInside", tcp(kOut4, kIn4), What::pass});
  out.push_back({"InsideToService", eth().ipv4(kIn4, kVip4).tcp(1, 80).build(), What::service, 0});
  out.push_back({"InsideToLip", eth().ipv4(kIn4, kLip4).tcp(1, 10240).build(), What::lip});
  out.push_back({"InsideTcp6", eth().ipv6(kIn6, kOut6).tcp(1, 443).build(), What::inside});
  out.push_back({"InsideToOurselves6", eth().ipv6(kIn6, "fd60::1").tcp(1, 443).build(), What::pass});
  out.push_back({"InsideToMulticast6", eth().ipv6(kIn6, "ff02::fb").udp(5353, 5353).build(), What::pass});
  const auto sctp = [](const char* src) { return eth().ipv4(src, kOut4).sctp(40000, 443).build(); };
  out.push_back({"InsideSctp", sctp(kIn4), What::inside});
  out.push_back({"InsideSctpFromWhereOnlyTcpIs", sctp("10.60.2.7"), What::pass});
  out.push_back({"InsideOtherProtocol", eth().ipv4(kIn4, kOut4, {.protocol = 50}).payload_bytes(20).build(),
                 What::pass});
  const auto later = [](const char* src, const char* dst, std::uint8_t protocol) {
    return eth().ipv4(src, dst, {.offset_bytes = 800, .protocol = protocol}).payload_bytes(8).build();
  };
  out.push_back({"InsideLaterFragment", later(kIn4, kOut4, 17), What::fragment});
  out.push_back({"InsideLaterFragmentIcmp", later(kIn4, kOut4, 1), What::fragment});
  out.push_back({"InsideLaterFragmentIcmpv6InIpv4", later(kIn4, kOut4, 58), What::pass});
  out.push_back({"InsideLaterFragmentOtherProtocol", later("10.60.2.7", kOut4, 17), What::pass});
  out.push_back({"LaterFragmentIcmpToPool", later(kOut4, kPool4, 1), What::fragment});
  out.push_back(
      {"LaterFragmentIcmpv6ToPool6",
       eth().ipv6(kOut6, kPool6).fragment({.offset_bytes = 800, .next_header = 58}).payload_bytes(8).build(),
       What::fragment});
}

void add_queries(Cases& out) {
  const auto v4 = [](const char* src, const char* dst, std::uint8_t type, std::uint16_t id) {
    return eth().ipv4(src, dst).icmp(type, 0, std::uint32_t{id} << 16 | 1U).payload("ping").build();
  };
  const auto v6 = [](const char* src, const char* dst, std::uint8_t type, std::uint16_t id) {
    return eth().ipv6(src, dst).icmp(type, 0, std::uint32_t{id} << 16 | 1U).payload("ping").build();
  };
  out.push_back({"InsidePing", v4(kIn4, kOut4, 8, 77), What::inside});
  out.push_back({"InsidePingOfIdZero", v4(kIn4, kOut4, 8, 0), What::inside});
  out.push_back({"InsideTimestamp", v4(kIn4, kOut4, 13, 77), What::inside});
  out.push_back({"InsidePingAnswered", v4(kIn4, kOut4, 0, 77), What::pass});
  out.push_back({"InsideRouterSolicitation", v4(kIn4, kOut4, 10, 77), What::pass});
  out.push_back({"InsidePingToOurselves", v4(kIn4, "10.60.0.1", 8, 77), What::pass});
  out.push_back({"InsidePingCutOff", truncated(v4(kIn4, kOut4, 8, 77), 41), What::pass});
  out.push_back({"AnswerToPool", v4(kOut4, kPool4, 0, 10240), What::lip});
  out.push_back({"TimestampAnswerToPool", v4(kOut4, kPool4, 14, 65535), What::lip});
  out.push_back({"AnswerToPoolOfAnotherId", v4(kOut4, kPool4, 0, 10239), What::pass});
  out.push_back({"PingToPool", v4(kOut4, kPool4, 8, 10240), What::pass});
  out.push_back({"AnswerToLipWithoutQueries", v4(kOut4, kLip4, 0, 10240), What::pass});
  out.push_back({"InsidePing6", v6(kIn6, kOut6, 128, 77), What::inside});
  out.push_back({"InsidePingAnswered6", v6(kIn6, kOut6, 129, 77), What::pass});
  out.push_back({"AnswerToPool6", v6(kOut6, kPool6, 129, 10240), What::lip});
  out.push_back({"PingToPool6", v6(kOut6, kPool6, 128, 10240), What::pass});
  out.push_back({"NeighbourSolicitationFromInside", v6(kIn6, kOut6, 135, 77), What::pass});
  out.push_back(
      {"InsidePingFirstFragment",
       eth().ipv4(kIn4, kOut4, {.more_fragments = true}).icmp(8, 0, 77U << 16).payload_bytes(64).build(),
       What::inside});
  out.push_back(
      {"AnswerToPoolFirstFragment6",
       eth().ipv6(kOut6, kPool6).fragment({.more_fragments = true}).icmp(129, 0, 20000U << 16).build(),
       What::lip});
}

void add_inside_errors(Cases& out) {
  const auto error4 = [](const char* src, const char* dst, const Bytes& quoted) {
    return eth().ipv4(src, dst).icmp_error(11, 0, quoted).build();
  };
  const auto ping4 = [](const char* src, const char* dst, std::uint8_t type, std::uint16_t id) {
    return Packet().ipv4(src, dst).icmp(type, 0, std::uint32_t{id} << 16).payload("ping").build();
  };
  const char* router = "203.0.113.9";
  out.push_back({"IcmpAboutPoolTcp",
                 error4(router, kPool4, Packet().ipv4(kPool4, kOut4).tcp(20000, 443).build()), What::lip});
  out.push_back({"IcmpAboutPoolPing", error4(router, kPool4, ping4(kPool4, kOut4, 8, 20000)), What::lip});
  out.push_back(
      {"IcmpAboutPoolPingOfAnotherId", error4(router, kPool4, ping4(kPool4, kOut4, 8, 99)), What::pass});
  out.push_back({"IcmpAboutPoolsAnswer", error4(router, kPool4, ping4(kPool4, kOut4, 0, 20000)), What::pass});
  out.push_back({"IcmpAboutPoolPingCutOff",
                 error4(router, kPool4, truncated(ping4(kPool4, kOut4, 8, 20000), 27)), What::pass});
  out.push_back({"IcmpAboutInsideTcp",
                 error4("10.60.1.1", kOut4, Packet().ipv4(kOut4, kIn4).tcp(443, 40000).build()),
                 What::inside});
  out.push_back(
      {"IcmpAboutAnswerToInside", error4("10.60.1.1", kOut4, ping4(kOut4, kIn4, 0, 77)), What::inside});
  out.push_back({"IcmpAboutPingToInside", error4("10.60.1.1", kOut4, ping4(kOut4, kIn4, 8, 77)), What::pass});
  out.push_back({"IcmpAboutInsideForAnother",
                 error4("10.60.1.1", "203.0.113.81", Packet().ipv4(kOut4, kIn4).tcp(443, 40000).build()),
                 What::pass});
  const auto ping6 = [](const char* src, const char* dst, std::uint8_t type, std::uint16_t id) {
    return Packet().ipv6(src, dst).icmp(type, 0, std::uint32_t{id} << 16).payload("ping").build();
  };
  const auto error6 = [](const char* src, const char* dst, const Bytes& quoted) {
    return eth().ipv6(src, dst).icmp_error(3, 0, quoted).build();
  };
  out.push_back(
      {"Icmpv6AboutPoolPing", error6("2001:db8::9", kPool6, ping6(kPool6, kOut6, 128, 20000)), What::lip});
  out.push_back(
      {"Icmpv6AboutAnswerToInside", error6("fd60::9", kOut6, ping6(kOut6, kIn6, 129, 77)), What::inside});
  out.push_back(
      {"Icmpv6AboutPingToInside", error6("fd60::9", kOut6, ping6(kOut6, kIn6, 128, 77)), What::pass});
}

}  // namespace

void add_inside_cases(std::vector<SteerCase>& out) {
  add_inside(out);
  add_queries(out);
  add_inside_errors(out);
}

}  // namespace hvs::test
