// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "tests/unit/config/edited.h"

namespace hvs {
namespace {

using test::edited;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

/// The order of DPVS.
TEST(EditConfig, LocalAddressesMayComeAfterTheDestsThatNeedThem) {
  const Config none = *parse_config("ports: [{device: eth0}]\n", "test.yaml");
  constexpr std::string_view kService =
      R"([{"op": "add_service", "service": {"vip": "10.10.0.100", "port": 80}})";
  const std::string name = "tcp:10.10.0.100:80";
  const auto dest = [&](const std::string& more) {
    return R"(,{"op": "add_dest", "service": ")" + name + R"(", "dest": {"address": "10.20.0.21")" + more;
  };
  const auto hasty = edit_config(none, std::string(kService) + dest("}}]"));
  ASSERT_FALSE(hasty.ok());
  EXPECT_THAT(hasty.error().message(), HasSubstr("`lip_pool` is missing"));

  const Config waiting = edited(none, std::string(kService) + dest(R"(}, "lips": "later"}])"));
  ASSERT_THAT(waiting.lip_pools, SizeIs(1));
  EXPECT_EQ(waiting.lip_pools[0].name, name);
  EXPECT_THAT(waiting.lip_pools[0].addresses, SizeIs(0));
  EXPECT_EQ(waiting.services[0].lip_pool, name);
  const auto again = parse_config(config_to_yaml(waiting), "saved");
  ASSERT_TRUE(again.ok()) << again.problems().text();
  EXPECT_EQ(*again, waiting);

  const std::string lips =
      R"([{"op": "add_lips", "service": ")" + name + R"(", "addresses": ["10.20.0.10"]}])";
  const Config whole = edited(waiting, lips);
  EXPECT_THAT(whole.lip_pools[0].addresses, ElementsAre(ip("10.20.0.10")));
  const std::string first = lips.substr(0, lips.size() - 1) + dest("}}]");
  EXPECT_EQ(edited(edited(none, std::string(kService) + "]"), first), whole) << "as in the other order";
  EXPECT_THAT(edited(waiting, R"([{"op": "delete_service", "service": ")" + name + R"("}])").lip_pools,
              SizeIs(0));
  const Config routed = edited(none, std::string(kService) + dest(R"(, "mode": "dr"}, "lips": "later"}])"));
  EXPECT_THAT(routed.lip_pools, SizeIs(0)) << "it needs none";
}

/// With "lips": "later", as without.
TEST(EditConfig, TheCommonPoolIsFoundWhenTheFirstDestNeedsIt) {
  const Config one = *parse_config(
      "ports: [{device: eth0}]\nlip_pools: [{name: inside, addresses: [10.20.0.10]}]\n", "test.yaml");
  const Config idle = edited(
      one,
      R"([{"op": "add_service", "lips": "later", "service": {"name": "a", "vip": "10.1.1.1", "port": 80}}])");
  EXPECT_EQ(idle.services[0].lip_pool, "");
  const auto with = [&](const std::string& dest, const std::string& more) {
    return edited(idle, R"([{"op": "add_dest", "service": "a", "dest": {"address": "10.20.0.21")" + dest +
                            "}" + more + "}]");
  };
  EXPECT_EQ(with(R"(, "mode": "dr")", "").services[0].lip_pool, "");
  EXPECT_EQ(with("", "").services[0].lip_pool, "inside");
  EXPECT_EQ(with("", R"(, "lips": "later")"), with("", ""));
  const Config moved = edited(with(R"(, "mode": "dr")", ""),
                              R"([{"op": "edit_dest", "service": "a", "dest": {"address": "10.20.0.21"},
                                   "set": {"mode": null}}])");
  EXPECT_EQ(moved.services[0].lip_pool, "inside");
  EXPECT_EQ(edited(one, R"([{"op": "add_service", "lips": "later", "service": {"name": "a", "vip": "10.1.1.1",
                             "port": 80, "dests": [{"address": "10.20.0.21"}]}}])"),
            with("", ""));
}

TEST(EditConfig, TheModeOfTheOnlyDestMayBecomeTheServices) {
  const Config bare = *parse_config(
      "ports: [{device: eth0}]\nservices: [{name: a, vip: 10.1.1.1, port: 80, mode: nat}]\n", "test.yaml");
  const auto add = [](const std::string& host, const std::string& mode, const std::string& wish) {
    return R"({"op": "add_dest", "service": "a", "service_mode": ")" + wish +
           R"(", "dest": {"address": "10.20.0.)" + host + R"(", "mode": ")" + mode + R"("}})";
  };
  const std::string first = add("21", "dr", "as_only_dest");
  EXPECT_EQ(edited(bare, "[" + first + "]").services[0].mode, ForwardingMode::dr);
  EXPECT_EQ(edited(bare, "[" + first + "," + add("22", "nat", "as_only_dest") + "]").services[0].mode,
            ForwardingMode::dr);
  EXPECT_EQ(edited(bare, "[" + first + R"(,{"op": "delete_dest", "service": "a", "dest": {"address":
                          "10.20.0.21"}},)" +
                             add("22", "tunnel", "as_only_dest") + "]")
                .services[0]
                .mode,
            ForwardingMode::tunnel);
  const auto wrong = edit_config(bare, "[" + add("21", "dr", "dr") + "]");
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message(), HasSubstr("operation 1: `service_mode` is not \"as_only_dest\""));
}

constexpr std::string_view kPools = R"(
ports: [{device: eth0}]
lip_pools:
  - {name: a, addresses: [10.20.0.30, "fd20::30"], ports: 20000-30000}
  - {name: b, addresses: [10.20.0.40]}
services:
  - {name: web, vip: 10.10.0.100, port: 80}
  - {name: ssh, vip: 10.10.0.100, port: 22}
)";

/// Two services, and pools of which neither is taken for them.
Config two_services() { return *parse_config(kPools, "test.yaml"); }

std::string dest(const char* service, const char* address) {
  return std::string(R"([{"op": "add_dest", "service": ")") + service + R"(", "dest": {"address": ")" +
         address + R"("}, "lips": "later"}])";
}
std::string lips(const char* op, const char* address) {
  return std::string(R"([{"op": ")") + op + R"(", "service": "web", "addresses": [")" + address + R"("]}])";
}
/// Where service "web" waits with a pool of its own, behind the file's.
Config web_waits() { return edited(two_services(), dest("web", "10.20.0.21")); }

std::string refused(const Config& config, const std::string& operations) {
  const auto result = edit_config(config, operations);
  EXPECT_FALSE(result.ok()) << operations;
  return result ? "" : result.error().message();
}

std::vector<std::string> pool_names(const Config& config) {
  std::vector<std::string> out;
  for (const LipPoolConfig& pool : config.lip_pools) out.push_back(pool.name);
  return out;
}

TEST(EditConfig, LocalAddressesOfBothFamiliesComeOneAfterTheOther) {
  const Config both = edited(web_waits(), dest("web", "fd20::21"));
  const std::string four = lips("add_lips", "10.20.0.50");
  const std::string six = lips("add_lips", "fd20::50");
  for (const auto& [first, second] : {std::pair{four, six}, std::pair{six, four}}) {
    const Config half = edited(both, first);
    EXPECT_THAT(half.lip_pools.back().addresses, SizeIs(1));
    const auto again = parse_config(config_to_yaml(half), "saved");
    ASSERT_TRUE(again.ok()) << again.problems().text();
    EXPECT_EQ(*again, half);
    EXPECT_THAT(edited(half, second).lip_pools.back().addresses, SizeIs(2));
  }
  for (const auto& [address, other] : {std::pair{four, "fd20::21"}, std::pair{six, "10.20.0.21"}}) {
    const Config served = edited(two_services(), address);
    EXPECT_EQ(edited(served, dest("web", other)).lip_pools, served.lip_pools) << "the other family waits";
  }
}

TEST(EditConfig, ANamedPoolHasTheFamiliesOfTheDests) {
  const Config named =
      edited(two_services(), R"([{"op": "edit_service", "service": "web", "set": {"lip_pool": "b"}}])");
  EXPECT_THAT(refused(named, dest("web", "fd20::21")), HasSubstr("pool \"b\" has no IPv6 address"));
}

TEST(EditConfig, TheLastAddressOfAFamilyIsNotTakenFromDestsOfIt) {
  Config both = edited(web_waits(), dest("web", "fd20::21"));
  both = edited(both, lips("add_lips", "10.20.0.50"));
  const Config one = edited(both, lips("add_lips", "10.20.0.51"));
  EXPECT_EQ(edited(one, lips("delete_lips", "10.20.0.51")), both) << "IPv6 has waited before";
  both = edited(both, lips("add_lips", "fd20::50"));
  for (const auto& [address, family] : {std::pair{"10.20.0.50", "IPv4"}, std::pair{"fd20::50", "IPv6"}}) {
    EXPECT_THAT(refused(both, lips("delete_lips", address)),
                HasSubstr("pool \"web\" would have no " + std::string(family) + " address"));
  }
  EXPECT_EQ(edited(both, R"([{"op": "delete_lips", "service": "web", "addresses": ["fd20::50"]},
                             {"op": "add_lips", "service": "web", "addresses": ["fd20::51"]}])")
                .lip_pools.back()
                .addresses,
            (std::vector{ip("10.20.0.50"), ip("fd20::51")}));
}

TEST(EditConfig, AServiceThatWaitsIsMovedToAPool) {
  const Config moved =
      edited(web_waits(), R"([{"op": "edit_service", "service": "web", "set": {"lip_pool": "a"}}])");
  EXPECT_EQ(moved.services[0].lip_pool, "a");
  EXPECT_THAT(pool_names(moved), ElementsAre("a", "b"));
  EXPECT_THAT(
      refused(web_waits(), R"([{"op": "edit_service", "service": "web", "set": {"lip_pool": null}}])"),
      HasSubstr("`lip_pool` is missing"));
  const Config other = edited(
      web_waits(), R"([{"op": "edit_service", "service": "web", "set": {"name": "www", "lip_pool": "a"}}])");
  EXPECT_THAT(pool_names(other), ElementsAre("a", "b"));
}

TEST(EditConfig, AServiceThatWaitsIsRenamedWithItsPool) {
  constexpr const char* kRename = R"([{"op": "edit_service", "service": "web", "set": {"name": "www"}}])";
  const Config renamed = edited(web_waits(), kRename);
  EXPECT_EQ(renamed.services[0].lip_pool, "www");
  EXPECT_THAT(pool_names(renamed), ElementsAre("a", "b", "www"));
  const Config half = edited(edited(web_waits(), lips("add_lips", "fd20::50")), kRename);
  EXPECT_EQ(half.services[0].lip_pool, "www") << "one family waits";
  EXPECT_THAT(half.lip_pools.back().addresses, ElementsAre(ip("fd20::50")));
  EXPECT_THAT(refused(web_waits(), R"([{"op": "edit_service", "service": "web", "set": {"name": "b"}}])"),
              HasSubstr("there is a pool b already"));
}

TEST(EditConfig, AServiceThatWaitsGoesThoughAnotherNamesItsPool) {
  constexpr const char* kShare = R"([{"op": "edit_service", "service": "ssh", "set": {"lip_pool": "web"}}])";
  constexpr const char* kDelete = R"([{"op": "delete_service", "service": "web"}])";
  const Config idle = edited(edited(web_waits(), kShare), kDelete);
  EXPECT_EQ(idle.services[0].lip_pool, "") << "it needs none";
  EXPECT_THAT(pool_names(idle), ElementsAre("a", "b"));
  const Config shared = edited(edited(web_waits(), kShare), dest("ssh", "10.20.0.22"));
  const Config left = edited(shared, kDelete);
  EXPECT_EQ(left.services[0].lip_pool, "ssh") << "it waits by itself";
  EXPECT_THAT(pool_names(left), ElementsAre("a", "b", "ssh"));
  EXPECT_THAT(left.lip_pools[2].addresses, SizeIs(0));
  const Config renamed =
      edited(shared, R"([{"op": "edit_service", "service": "web", "set": {"name": "www"}}])");
  EXPECT_EQ(renamed.services[1].lip_pool, "www");
}

TEST(EditConfig, AnEmptyPoolTakesThePortsOfTheAddressThatItShares) {
  const Config late = edited(web_waits(), lips("add_lips", "10.20.0.30"));
  ASSERT_THAT(late.lip_pools, SizeIs(3));
  EXPECT_EQ(late.lip_pools[2].port_low, L4Port{20000});
  EXPECT_EQ(late.lip_pools[2].port_high, L4Port{30000});
  EXPECT_EQ(late, edited(edited(two_services(), lips("add_lips", "10.20.0.30")), dest("web", "10.20.0.21")))
      << "as in the other order";
  const Config own = edited(web_waits(), lips("add_lips", "10.20.0.50"));
  EXPECT_THAT(refused(own, lips("add_lips", "10.20.0.30")), HasSubstr("with ports 20000-30000"))
      << "its connections have ports already";
}

}  // namespace
}  // namespace hvs
