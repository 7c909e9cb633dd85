// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/compile/cut_warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

ServiceConfig service(const char* name, const char* vip, const PortRange& ports,
                      L4Proto protocol = L4Proto::tcp) {
  ServiceConfig out;
  out.name = name;
  out.vip = ip(vip);
  out.protocol = protocol;
  if (ports.single()) {
    out.port = ports.low;
  } else if (!ports.any()) {
    out.port_ranges = {ports};
  }
  return out;
}

constexpr PortRange range(std::uint16_t low, std::uint16_t high) { return {L4Port{low}, L4Port{high}}; }

Config config(std::vector<ServiceConfig> services) {
  Config out;
  out.services = std::move(services);
  return out;
}

const Config kWeb = config({service("web", "10.10.0.100", range(80, 80))});

TEST(CutServices, AreThoseThatNobodyIsReachedBy) {
  EXPECT_THAT(cut_services(kWeb, kWeb), IsEmpty());
  EXPECT_THAT(cut_services(kWeb, config({})), ElementsAre(CutService{"web", {}, 0}));
  EXPECT_THAT(cut_services(config({}), kWeb), IsEmpty());
  EXPECT_THAT(cut_services(kWeb, config({service("web", "10.10.0.100", range(81, 81))})),
              ElementsAre(CutService{"web", {}, 0}));
  EXPECT_THAT(cut_services(kWeb, config({service("web", "10.10.0.101", range(80, 80))})),
              ElementsAre(CutService{"web", {}, 0}));
  EXPECT_THAT(cut_services(kWeb, config({service("web", "10.10.0.100", range(80, 80), L4Proto::udp)})),
              ElementsAre(CutService{"web", {}, 0}));
}

TEST(CutServices, AreNotThoseThatAnotherTakesThePlaceOf) {
  EXPECT_THAT(cut_services(kWeb, config({service("web", "10.10.0.100", range(80, 90))})), IsEmpty());
  EXPECT_THAT(cut_services(kWeb, config({service("web2", "10.10.0.100", kAnyPort)})), IsEmpty());
  ServiceConfig two = service("two", "10.10.0.99", range(80, 80));
  two.more_vips = {ip("10.10.0.100")};
  EXPECT_THAT(cut_services(kWeb, config({two})), IsEmpty());
  // Two that meet.
  const Config wide = config({service("wide", "10.10.0.100", range(80, 99))});
  EXPECT_THAT(cut_services(wide, config({service("b", "10.10.0.100", range(90, 99)),
                                         service("a", "10.10.0.100", range(70, 89))})),
              IsEmpty());
}

TEST(CutServices, MayLoseAPart) {
  const Config wide = config({service("wide", "10.10.0.100", range(80, 99))});
  EXPECT_THAT(cut_services(wide, kWeb), ElementsAre(CutService{"wide", {"10.10.0.100:81-99"}, 0}));
  EXPECT_THAT(cut_services(wide, config({service("mid", "10.10.0.100", range(90, 90))})),
              ElementsAre(CutService{"wide", {"10.10.0.100:80-89", "10.10.0.100:91-99"}, 0}));
  const Config any = config({service("any", "fd10::100", kAnyPort)});
  EXPECT_THAT(cut_services(any, config({service("low", "fd10::100", range(1, 1023))})),
              ElementsAre(CutService{"any", {"[fd10::100]:1024-65535"}, 0}));
  EXPECT_THAT(cut_services(any, config({service("high", "fd10::100", range(2, 65535))})),
              ElementsAre(CutService{"any", {"[fd10::100]:1"}, 0}));
  EXPECT_THAT(cut_services(any, config({service("all", "fd10::100", range(1, 65535))})), IsEmpty());
  EXPECT_THAT(cut_services(any, kWeb), ElementsAre(CutService{"any", {}, 0}));
  // One of its VIPs.
  Config two = kWeb;
  two.services[0].more_vips = {ip("10.10.0.101")};
  EXPECT_THAT(cut_services(two, kWeb), ElementsAre(CutService{"web", {"10.10.0.101:80"}, 0}));
}

/// A VIP that becomes a local address is steered on.
TEST(CutServices, KeepWhatBecomesALocalAddress) {
  Config after = config({service("other", "10.10.0.99", range(80, 80))});
  LipPoolConfig pool;
  pool.name = "inside";
  pool.addresses = {ip("10.10.0.100")};
  pool.port_low = L4Port{1024};
  pool.port_high = L4Port{65535};
  after.lip_pools = {pool};
  const Config high = config({service("high", "10.10.0.100", range(8080, 8080))});
  EXPECT_EQ(cut_services(high, after).size(), 1U) << "nobody uses the pool";
  after.services[0].lip_pool = "inside";
  after.services[0].dests.resize(1);
  after.services[0].dests[0].address = ip("10.20.0.21");
  EXPECT_THAT(cut_services(high, after), IsEmpty());
  EXPECT_THAT(cut_services(kWeb, after), ElementsAre(CutService{"web", {}, 0}));
}

TEST(CutConnections, AreWarnedOfTogether) {
  EXPECT_THAT(cut_warnings({}), IsEmpty());
  EXPECT_THAT(cut_warnings({{"web", {}, 0}, {"wide", {"10.10.0.100:81"}, 0}}), IsEmpty());
  EXPECT_THAT(cut_warnings({{"web", {}, 1}, {"idle", {}, 0}})[0].message(),
              HasSubstr("removed service web: it had 1 open connection, whose packets go to the kernel"));
  const auto two = cut_warnings({{"web", {}, 12}, {"dns", {}, 5}});
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].where, "removed services web, dns");
  EXPECT_THAT(two[0].message(), HasSubstr("they had 17 open connections"));
  EXPECT_THAT(two[0].fix, HasSubstr("weight 0"));
  const std::vector<CutService> many(7, {"s", {}, 1});
  EXPECT_EQ(cut_warnings(many)[0].where, "removed services s, s, s, s, s and 2 more");
}

TEST(CutConnections, OfAPartAreWarnedOfByTheirAddresses) {
  const auto said = cut_warnings({{"web", {}, 1}, {"wide", {"10.10.0.100:81-99", "10.10.0.101:81-99"}, 91}});
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].where, "removed service web");
  EXPECT_THAT(said[1].message(),
              HasSubstr("service wide: it had 91 open connections: packets of those by 10.10.0.100:81-99, "
                        "10.10.0.101:81-99 go to the kernel from now on, which resets those of TCP"));
}

}  // namespace
}  // namespace hvs
