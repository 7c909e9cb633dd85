// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <linux/lwtunnel.h>

#include "control/netlink/route_select.h"
#include "tests/unit/netlink/fixture.h"

namespace hvs::netlink::test {
namespace {

class Routes : public MirrorTest {
 protected:
  std::string via(const char* destination) {
    const NextHop h = hop(destination);
    switch (h.kind) {
      case NextHop::Kind::no_route: return "none";
      case NextHop::Kind::local: return "local";
      case NextHop::Kind::not_our_port: return "elsewhere";
      case NextHop::Kind::adjacency:
      case NextHop::Kind::unknown_neigh: break;
    }
    return h.gateway.text() + "%" + std::to_string(h.ifindex);
  }
};

TEST_F(Routes, AddReplaceDelete) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.2"}, RTM_NEWROUTE, NLM_F_REPLACE));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.2%2");
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}, RTM_DELROUTE));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.2%2") << "that one was not there any more";
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.2"}, RTM_DELROUTE));
  EXPECT_EQ(via("10.9.1.1"), "none");
}

TEST_F(Routes, OfOneKeyTheFirstCountsAndNewOnesComeFirst) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.2"}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.3"}));  // ip route prepend
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.3%2");
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.3"}, RTM_DELROUTE));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
}

TEST_F(Routes, SeenAgainAfterADumpNothingChanges) {
  const auto dump = MirrorState::Origin::dump;
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.2"}), dump);
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}), dump);
  fib();
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.2"}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE));
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND));
  EXPECT_FALSE(changes.any());
  EXPECT_EQ(state.routes().map().at({{ip("10.9.0.0"), 16}, RT_TABLE_MAIN, 0}).size(), 2U);
}

TEST_F(Routes, TheLowestMetricThatIsAlive) {
  apply(route("0.0.0.0", 0, 2, {.via = "10.0.0.1", .metric = 10}));
  apply(route("0.0.0.0", 0, 3, {.via = "10.1.0.1", .metric = 20}));
  EXPECT_EQ(via("8.8.8.8"), "10.0.0.1%2");
  apply(link(2, "out0", {.flags = 0}));
  EXPECT_EQ(via("8.8.8.8"), "10.1.0.1%3");
}

TEST_F(Routes, KindsThatForwardNothing) {
  for (const unsigned char type : {RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_BROADCAST}) {
    apply(route("10.0.0.128", 25, 0, {.type = type}));
    EXPECT_EQ(via("10.0.0.200"), "none") << int{type};
    EXPECT_EQ(via("10.0.0.100"), "10.0.0.100%2");
    apply(route("10.0.0.128", 25, 0, {.type = type}, RTM_DELROUTE));
    EXPECT_EQ(via("10.0.0.200"), "10.0.0.200%2") << int{type};
  }
}

TEST_F(Routes, OtherTablesTosSourcesAndCachedEntriesAreNotOurs) {
  apply(route("10.9.0.0", 16, 2, {.table = 100}));
  apply(route("10.9.0.0", 16, 2, {.tos = 8}));
  apply(route("10.9.0.0", 16, 2, {.flags = RTM_F_CLONED}));
  EXPECT_EQ(via("10.9.1.1"), "none");
}

TEST_F(Routes, LocalBeforeMainBeforeDefaultWhateverTheLength) {
  apply(route("10.0.0.5", 32, 2, {.table = RT_TABLE_LOCAL, .type = RTN_LOCAL}));
  EXPECT_EQ(via("10.0.0.5"), "local");
  apply(route("198.51.100.0", 24, 1, {.table = RT_TABLE_LOCAL, .type = RTN_LOCAL}));
  apply(route("198.51.100.128", 25, 2, {.via = "10.0.0.1"}));
  EXPECT_EQ(via("198.51.100.200"), "local");
  apply(route("203.0.113.0", 24, 2, {.via = "10.0.0.9", .table = RT_TABLE_DEFAULT}));
  EXPECT_EQ(via("203.0.113.7"), "10.0.0.9%2");
  apply(route("0.0.0.0", 0, 2, {.via = "10.0.0.1"}));
  EXPECT_EQ(via("203.0.113.7"), "10.0.0.1%2") << "main answers for everything now";
}

TEST_F(Routes, PlainRulesSetTheOrderOfTables) {
  for (const auto& [priority, table] : {std::pair{0, 255}, {32766, 254}, {32767, 253}}) {
    apply(rule(AF_INET, static_cast<std::uint32_t>(priority), static_cast<std::uint32_t>(table)));
  }
  apply(route("0.0.0.0", 0, 2, {.via = "10.0.0.1"}));
  apply(route("10.9.0.0", 16, 3, {.via = "10.1.0.1", .table = 100}));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  apply(rule(AF_INET, 500, 100));
  EXPECT_EQ(via("10.9.1.1"), "10.1.0.1%3");
  EXPECT_EQ(via("10.0.0.77"), "10.0.0.77%2");
  apply(rule(AF_INET, 500, 100, RTM_DELRULE));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  EXPECT_TRUE(state.limitations().empty());
}

TEST_F(Routes, ARuleThatSelectsIsNamedAndNotFollowed) {
  Msg marked = rule(AF_INET, 600, 100);
  marked.number(FRA_FWMARK, 1);
  apply(std::move(marked));
  ASSERT_EQ(state.limitations().size(), 1U);
  EXPECT_EQ(state.limitations().begin()->find("ip rule 600 (table 100)"), 0U);
  apply(route("10.9.0.0", 16, 3, {.via = "10.1.0.1", .table = 100}));
  EXPECT_EQ(via("10.9.1.1"), "none");
}

TEST_F(Routes, OfAMultipathRouteTheFirstHopAlive) {
  apply(multipath("10.9.0.0", 16, {{2, "10.0.0.1"}, {3, "10.1.0.1"}}));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  apply(link(2, "out0", {.flags = IFF_UP}));
  EXPECT_EQ(via("10.9.1.1"), "10.1.0.1%3") << "a hop without a carrier only when there is no other";
  apply(link(3, "in0", {.flags = IFF_UP}));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2");
  apply(link(2, "out0", {.flags = 0}));
  EXPECT_EQ(via("10.9.1.1"), "10.1.0.1%3");
  apply(link(2, "out0"));
  EXPECT_EQ(via("10.9.1.1"), "10.0.0.1%2") << "a hop of several comes back with its link";
  apply(link(2, "out0", {.flags = 0}));
  apply(link(3, "in0", {.flags = 0}));
  apply(link(2, "out0"));
  EXPECT_EQ(via("10.9.1.1"), "none") << "all down at once: the kernel deleted the route";
}

TEST_F(Routes, Ipv6MultipathLosesAndGainsLegs) {
  apply(multipath("fd09::", 32, {{2, "fe80::1"}, {3, "fe80::2"}}));
  EXPECT_EQ(via("fd09::1"), "fe80::1%2");
  apply(route("fd09::", 32, 2, {.via = "fe80::1"}, RTM_DELROUTE));
  EXPECT_EQ(via("fd09::1"), "fe80::2%3");
  apply(multipath("fd09::", 32, {{3, "fe80::2"}, {2, "fe80::9"}}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND));
  EXPECT_EQ(state.routes().map().at({{ip("fd09::"), 32}, RT_TABLE_MAIN, 0}).size(), 2U);
  apply(route("fd09::", 32, 2, {.via = "fe80::7"}, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE));
  EXPECT_EQ(via("fd09::1"), "fe80::7%2");
  apply(multipath("fd09::", 32, {{2, "fe80::7"}}, RTM_DELROUTE));
  EXPECT_EQ(via("fd09::1"), "none");
}

TEST_F(Routes, AnIpv4RouteOverAnIpv6Gateway) {
  Msg m = route("10.9.0.0", 16, 2);
  std::array<std::uint8_t, 18> via6{AF_INET6, 0};
  std::memcpy(via6.data() + 2, ip("fe80::1").bytes.data(), 16);
  nla_put(m.raw(), RTA_VIA, via6.size(), via6.data());
  apply(std::move(m));
  EXPECT_EQ(via("10.9.1.1"), "fe80::1%2");
}

TEST_F(Routes, ALostAddressTakesTheRoutesThatNameIt) {
  apply(address(2, "10.0.0.6", 24));
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .source = "10.0.0.6"}));
  apply(address(2, "10.0.0.6", 24, RTM_DELADDR));
  EXPECT_TRUE(changes.verify);
  EXPECT_EQ(via("10.9.1.1"), "none");
  EXPECT_EQ(via("10.0.0.1"), "10.0.0.1%2");
  apply(route("10.8.0.0", 16, 2, {.via = "10.0.0.1"}));
  apply(address(2, "10.0.0.5", 24, RTM_DELADDR));
  EXPECT_EQ(via("10.8.1.1"), "none") << "without an address the interface has no IPv4 routes";
}

TEST_F(Routes, ANextHopObjectWithoutCompatibilityIsTold) {
  Msg m = route("10.9.0.0", 16, 0);
  m.number(RTA_NH_ID, 7);
  apply(std::move(m));
  ASSERT_EQ(state.limitations().size(), 1U);
  EXPECT_EQ(via("10.9.1.1"), "none");
}

TEST_F(Routes, EqualContentsSelectEqually) {
  MirrorState other = state;
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1"}));
  apply(route("fd09::", 32, 2, {.via = "fe80::1"}));
  Changes ignored;
  Msg second = route("fd09::", 32, 2, {.via = "fe80::1"});
  Msg first = route("10.9.0.0", 16, 2, {.via = "10.0.0.1"});
  other.apply(second.header(), MirrorState::Origin::dump, ignored);
  EXPECT_EQ(difference(state, other), "1 routes (10.9.0.0/16 table 254 metric 0)");
  other.apply(first.header(), MirrorState::Origin::dump, ignored);
  EXPECT_EQ(difference(state, other), "");
  EXPECT_EQ(select_routes(state), select_routes(other));
}

TEST_F(Routes, OnesThatEncapsulateAreNotOurs) {
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .encap = LWTUNNEL_ENCAP_MPLS}));
  EXPECT_EQ(via("10.9.1.1"), "elsewhere");
  EXPECT_EQ(state.limitations().size(), 1U);
  apply(route("10.9.0.0", 16, 2, {.via = "10.0.0.1", .encap = LWTUNNEL_ENCAP_MPLS}, RTM_DELROUTE));
  EXPECT_EQ(via("10.9.1.1"), "none");
}

}  // namespace
}  // namespace hvs::netlink::test
