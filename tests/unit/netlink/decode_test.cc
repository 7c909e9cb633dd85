// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/netlink/decode.h"

#include <gtest/gtest.h>
#include <linux/lwtunnel.h>

#include <random>
#include <vector>

#include "tests/unit/netlink/messages.h"

namespace hvs::netlink::test {
namespace {

std::optional<Event> decoded(Msg& message) {
  std::string limitation;
  return decode(message.header(), limitation);
}
std::optional<Event> decoded(Msg&& message) { return decoded(message); }

TEST(Decode, ABridgePortThatLeavesIsNotADeletedLink) {
  ifinfomsg header{};
  header.ifi_family = AF_BRIDGE;
  header.ifi_index = 2;
  EXPECT_FALSE(decoded(Msg(RTM_DELLINK, 0, header)));
}

TEST(Decode, AParentInAnotherNamespaceIsNone) {
  Msg m = link(10, "v10", {.parent = 3, .vlan = 10});
  m.number(IFLA_LINK_NETNSID, 1);
  const auto event = decoded(m);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<LinkRecord>(event->record).parent, 0U);
  EXPECT_EQ(std::get<LinkRecord>(event->record).vlan, 10);
}

TEST(Decode, OtherFamiliesAndProxiesConcernNobody) {
  ndmsg header{};
  header.ndm_family = AF_BRIDGE;
  EXPECT_FALSE(decoded(Msg(RTM_NEWNEIGH, 0, header).addr(NDA_DST, ip("10.0.0.1")).mac({}, NDA_LLADDR)));
  header.ndm_family = AF_INET;
  header.ndm_flags = NTF_PROXY;
  EXPECT_FALSE(decoded(Msg(RTM_NEWNEIGH, 0, header).addr(NDA_DST, ip("10.0.0.1"))));
}

TEST(Decode, Ipv6HasAnMtuOfItsOwnWhereItIsSmaller) {
  const auto of = [](Msg&& message) { return std::get<LinkRecord>(decoded(message)->record).ipv6_mtu; };
  EXPECT_EQ(of(link(2, "out0")), 0U);
  EXPECT_EQ(of(link(2, "out0", {.ipv6_mtu = 1300})), 1300U);
  EXPECT_EQ(of(link(2, "out0", {.ipv6_mtu = 1500})), 0U);
  EXPECT_EQ(of(link(2, "out0", {.ipv6_mtu = 9000})), 0U);
  EXPECT_EQ(of(link(2, "out0", {.ipv6_mtu = -1})), 0U);
  EXPECT_EQ(std::get<Ipv6MtuRecord>(decoded(ipv6_link(2, 1300))->record).ipv6_mtu, 1300U);
  EXPECT_EQ(std::get<Ipv6MtuRecord>(decoded(ipv6_link(2, 1300, 1300))->record).ipv6_mtu, 0U);
}

TEST(Decode, MtusOfRoutes) {
  const auto of = [](std::uint32_t mtu) {
    return std::get<RouteMessage>(decoded(route("10.9.0.0", 16, 2, {.mtu = mtu}))->record).route.mtu;
  };
  EXPECT_EQ(of(0), 0);
  EXPECT_EQ(of(1400), 1400);
  EXPECT_EQ(of(0x10000 + 1400), 0xffff);
}

TEST(Decode, WhatIsNotFollowedIsSaid) {
  const auto said = [](Msg&& message) {
    std::string limitation;
    decode(message.header(), limitation);
    return limitation;
  };
  EXPECT_EQ(said(route("10.9.0.0", 16, 2)), "");
  EXPECT_NE(said(route("10.9.0.0", 16, 2, {.encap = LWTUNNEL_ENCAP_MPLS})).find("encap mpls"),
            std::string::npos);
  EXPECT_NE(said(route("fd09::", 16, 2, {.encap = LWTUNNEL_ENCAP_SEG6_LOCAL})).find("encap seg6local"),
            std::string::npos);
  EXPECT_NE(said(route("10.9.0.0", 16, 2, {.encap = 77})).find("encap 77"), std::string::npos);
  EXPECT_NE(said(route("10.9.0.0", 16, 2, {.tos = 0x10})).find("tos"), std::string::npos);
  EXPECT_EQ(said(route("10.9.0.0", 16, 2, {.tos = 0x10, .flags = RTM_F_CLONED})), "");
  Msg by_source = route("fd09::", 32, 2);
  static_cast<rtmsg*>(nlmsg_data(by_source.header()))->rtm_src_len = 64;
  EXPECT_NE(said(std::move(by_source)).find("from"), std::string::npos);
}

TEST(Decode, ARouteThatGoesIsNothingToTellOf) {
  MirrorState state;
  Changes changes;
  Msg gone = route("10.9.0.0", 16, 2, {.encap = LWTUNNEL_ENCAP_MPLS}, RTM_DELROUTE);
  state.apply(gone.header(), MirrorState::Origin::event, changes);
  EXPECT_TRUE(state.limitations().empty());
  Msg comes = route("10.9.0.0", 16, 2, {.encap = LWTUNNEL_ENCAP_MPLS});
  state.apply(comes.header(), MirrorState::Origin::event, changes);
  EXPECT_EQ(state.limitations().size(), 1U);
}

// The kernel does not send such; a reader that trusts lengths would not survive them all the same.
TEST(Decode, BrokenMessagesAreSurvived) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same every time
  for (int round = 0; round < 20000; ++round) {
    Msg models[] = {
        link(10, "v10", {.parent = 3, .vlan = 10, .ipv6_mtu = 1300}),
        ipv6_link(2, 1300),
        address(2, "fd00::7", 64),
        neighbour(2, "10.0.0.1", NUD_REACHABLE, {2, 0, 0, 0, 0, 1}),
        route("10.9.0.0", 16, 2,
              {.via = "10.0.0.1", .source = "10.0.0.5", .mtu = 1400, .encap = LWTUNNEL_ENCAP_MPLS}),
        multipath("fd09::", 32, {{2, "fe80::1"}, {3, "fe80::2"}}),
        rule(AF_INET6, 7, 100)};
    nlmsghdr* header = models[random() % std::size(models)].header();
    const std::size_t whole = header->nlmsg_len;
    // A copy of its exact size, so that a sanitizer sees the first byte read beyond.
    std::vector<std::uint8_t> bytes(whole);
    std::memcpy(bytes.data(), header, whole);
    for (unsigned flips = random() % 4; flips > 0; --flips) {
      bytes[sizeof(nlmsghdr) + random() % (whole - sizeof(nlmsghdr))] = static_cast<std::uint8_t>(random());
    }
    const std::size_t cut = round % 3 == 0 ? random() % (whole - sizeof(nlmsghdr)) : 0;
    bytes.resize(whole - cut);
    bytes.shrink_to_fit();
    auto* broken = reinterpret_cast<nlmsghdr*>(bytes.data());
    broken->nlmsg_len = static_cast<std::uint32_t>(bytes.size());
    MirrorState state;
    Changes changes;
    state.apply(broken, MirrorState::Origin::event, changes);
    EXPECT_LE(state.routes().map().size(), 1U);
  }
}

}  // namespace
}  // namespace hvs::netlink::test
