// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Services on more than one VIP and port: spellings, and what editing makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "control/config/edit.h"
#include "control/config/memory_need.h"

namespace hvs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddr ip(const char* text) { return IpAddr::parse(text).value(); }

std::string file_with(const std::string& service) {
  return "ports: [{device: eth0}]\nlip_pools: [{name: inside, addresses: [10.20.0.10]}]\nservices:\n  - {" +
         service + "}\n";
}

Config read(const std::string& text) {
  auto result = parse_config(text, "test.yaml");
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.problems().text());
  return result.ok() ? *result : Config{};
}

ServiceConfig service(const std::string& settings) {
  const Config config = read(file_with(settings));
  EXPECT_EQ(config.services.size(), 1U) << settings;
  if (config.services.size() != 1) return {};
  EXPECT_EQ(read(config_to_yaml(config)), config) << "as written:\n" << config_to_yaml(config);
  return config.services[0];
}

TEST(ServiceAddresses, PortsAreOneOrAnyOrRangesInOrder) {
  const std::vector<std::tuple<std::string, std::string, std::uint16_t>> cases = {
      {"80", "80", 80},
      {"[80]", "80", 80},
      {"any", "any", 0},
      {"[any]", "any", 0},
      {"8000-8099", "8000-8099", 0},
      {"80-80", "80", 80},
      {"1-65535", "1-65535", 0},
      {"[8000-8099, 443, 80]", "80,443,8000-8099", 0},
  };
  for (const auto& [spelled, ports, port] : cases) {
    const ServiceConfig s = service("vip: 10.10.0.100, mode: nat, port: " + spelled);
    EXPECT_EQ(ports_text(ports_of(s)), ports) << spelled;
    EXPECT_EQ(s.port, L4Port{port}) << spelled;
  }
}

TEST(ServiceAddresses, ADestHasTheClientsPortUnlessItNamesOne) {
  const auto dest_ports = [](const std::string& port) {
    const ServiceConfig s = service("vip: 10.10.0.100, mode: nat, port: " + port +
                                    ", dests: [{address: 10.20.0.21}, {address: 10.20.0.22, port: 0}, "
                                    "{address: 10.20.0.21, port: 8080}]");
    std::vector<int> out;
    for (const DestConfig& dest : s.dests) out.push_back(dest.port.value);
    return out;
  };
  EXPECT_THAT(dest_ports("80"), ElementsAre(80, 80, 8080));
  EXPECT_THAT(dest_ports("any"), ElementsAre(0, 0, 8080));
  EXPECT_THAT(dest_ports("8000-8001"), ElementsAre(0, 0, 8080));
  EXPECT_THAT(dest_ports("[80, 443]"), ElementsAre(0, 0, 8080));
}

TEST(ServiceAddresses, TheFirstVipIsTheOneThatNamesTheService) {
  const ServiceConfig s = service("vips: [10.10.0.100, 10.10.0.104/31, 10.10.0.7], mode: nat, port: any");
  EXPECT_EQ(s.name, "tcp:10.10.0.100:any");
  EXPECT_THAT(vips_of(s),
              ElementsAre(ip("10.10.0.100"), ip("10.10.0.104"), ip("10.10.0.105"), ip("10.10.0.7")));
  EXPECT_EQ(service("vips: [10.10.0.100], port: 80"), service("vip: 10.10.0.100, port: 80"));
  EXPECT_EQ(service("vip: \"fd10::100\", port: [443, 80-90]").name, "tcp:[fd10::100]:80-90");
}

TEST(ServiceAddresses, TunnelsCarryBothFamilies) {
  const ServiceConfig s =
      service("vips: [10.10.0.100, \"fd10::100\"], mode: tunnel, port: 80, dests: [{address: 10.20.0.21}]");
  EXPECT_EQ(s.more_vips.size(), 1U);
}

TEST(ServiceAddresses, SinglePortsRangesAndAnyPortOfAVipAreSeveralServices) {
  const Config config = read(R"(
ports: [{device: eth0}]
services:
  - {vip: 10.10.0.100, port: any, mode: nat}
  - {vip: 10.10.0.100, port: 8000-8099, mode: nat}
  - {vip: 10.10.0.100, port: [8050, 8100-8200], mode: nat}
  - {vip: 10.10.0.100, port: any, protocol: udp, mode: nat}
  - {vips: [10.10.0.101, 10.10.0.102], port: any, mode: nat}
)");
  EXPECT_EQ(config.services.size(), 5U);
}

TEST(ServiceAddresses, MemoryForLocalPortsIsBoundedOnAnyPort) {
  const auto pairs = [](const std::string& port) {
    return memory_need(read(file_with("vip: 10.10.0.100, lip_pool: inside, dests: [{address: 10.20.0.21}], "
                                      "port: " +
                                      port)))
        .port_pairs;
  };
  EXPECT_EQ(pairs("80"), 1U);
  EXPECT_EQ(pairs("8000-8031"), kOwnPortBitmaps);
  EXPECT_EQ(pairs("8000-8032"), kDestGroups);
  EXPECT_EQ(pairs("any"), kDestGroups);
}

TEST(ServiceAddresses, EditsFindAServiceByItsFirstVipAndPort) {
  const Config before =
      read(file_with("name: web, vips: [10.10.0.100, 10.10.0.101], port: [443, 80], lip_pool: inside, dests: "
                     "[{address: 10.20.0.21}, {address: 10.20.0.21, port: 8080}]"));
  const auto edit = [&](const std::string& operations) { return edit_config(before, operations); };
  const std::string key = R"("service": {"vip": "10.10.0.100", "port": 80})";
  const auto more = edit(R"([{"op": "edit_service", )" + key +
                         R"(, "set": {"vips": ["10.10.0.100", "10.10.0.7"], "port": [80, "90-99"]}}])");
  ASSERT_TRUE(more.ok()) << more.error().message();
  EXPECT_THAT(vips_of(more->config.services[0]), ElementsAre(ip("10.10.0.100"), ip("10.10.0.7")));
  EXPECT_EQ(ports_text(ports_of(more->config.services[0])), "80,90-99");
  const auto fewer = edit(R"([{"op": "delete_dest", )" + key + R"(, "dest": {"address": "10.20.0.21"}}])");
  ASSERT_TRUE(fewer.ok()) << fewer.error().message();
  ASSERT_EQ(fewer->config.services[0].dests.size(), 1U);
  EXPECT_EQ(fewer->config.services[0].dests[0].port, L4Port{8080});
  for (const char* moved : {R"({"vips": ["10.10.0.101", "10.10.0.100"]})", R"({"port": [79, 80]})"}) {
    const auto refused = edit(R"([{"op": "edit_service", )" + key + R"(, "set": )" + moved + "}]");
    ASSERT_FALSE(refused.ok()) << moved;
    EXPECT_THAT(refused.error().message(), HasSubstr(" would be ")) << moved;
  }
}

/// The file may be changed so, too, and what comes out is the same.
TEST(ServiceAddresses, OneVipBecomesSeveralAndSeveralOne) {
  const std::string rest = "name: web, port: 80, mode: nat, dests: [{address: 10.20.0.21}], ";
  const Config one = read(file_with(rest + "vip: 10.10.0.100"));
  const Config two = read(file_with(rest + "vips: [10.10.0.100, 10.10.0.101]"));
  const auto set = [](const Config& before, const std::string& settings) {
    const auto after =
        edit_config(before, R"([{"op": "edit_service", "service": "web", "set": )" + settings + "}]");
    EXPECT_TRUE(after.ok()) << settings << ": " << (after.ok() ? "" : after.error().message());
    return after.ok() ? after->config : Config{};
  };
  for (const char* grown : {R"({"vips": ["10.10.0.100", "10.10.0.101"]})",
                            R"({"vip": null, "vips": ["10.10.0.100", "10.10.0.101"]})"}) {
    EXPECT_EQ(set(one, grown), two) << grown;
    EXPECT_EQ(set(two, grown), two) << grown;
  }
  for (const char* shrunk : {R"({"vip": "10.10.0.100"})", R"({"vips": ["10.10.0.100"]})",
                             R"({"vip": "10.10.0.100", "vips": null})"}) {
    EXPECT_EQ(set(two, shrunk), one) << shrunk;
    EXPECT_EQ(set(one, shrunk), one) << shrunk;
    EXPECT_EQ(set(set(two, shrunk), R"({"vips": ["10.10.0.100/31"]})"), two) << "and grows again";
  }
}

/// What an edit of a service is refused with.
std::string refusal_of(const std::string& service, const std::string& settings) {
  const auto result = edit_config(read(file_with("name: web, mode: nat, " + service)),
                                  R"([{"op": "edit_service", "service": "web", "set": )" + settings + "}]");
  return result.ok() ? "taken" : result.error().message();
}

TEST(ServiceAddresses, TheFirstVipStays) {
  const auto refusal = [](const std::string& settings) {
    return refusal_of("port: 80, vip: 10.10.0.100", settings);
  };
  constexpr const char* kMoved =
      "operation 1: the first VIP would be 10.10.0.101, and the service is known by 10.10.0.100. Keep "
      "10.10.0.100 as the first one, or delete the service and add another";
  EXPECT_EQ(refusal(R"({"vip": "10.10.0.101"})"), kMoved);
  EXPECT_EQ(refusal(R"({"vips": ["10.10.0.101", "10.10.0.100"]})"), kMoved);
  EXPECT_THAT(refusal(R"({"vip": "10.10.0.100", "vips": ["10.10.0.100"]})"),
              HasSubstr("vips: given together with `vip`. Keep one of the two"));
  EXPECT_THAT(refusal(R"({"vip": null})"), HasSubstr("`vip` is missing"));
  EXPECT_THAT(refusal(R"({"vips": []})"), HasSubstr("the list is empty"));
  EXPECT_THAT(refusal(R"({"vips": "10.10.0.100"})"), HasSubstr("a single value where a list belongs"));
}

TEST(ServiceAddresses, PortsGrowBesideTheFirstOne) {
  const auto refusal = [](const std::string& port, const std::string& wanted) {
    return refusal_of("vip: 10.10.0.100, port: " + port, R"({"port": )" + wanted + "}");
  };
  EXPECT_EQ(refusal("80", R"([80, "81-90"])"), "taken");
  EXPECT_THAT(refusal("80", R"("80-90")"), HasSubstr(R"(as in [80, "81-90"], or delete)"));
  EXPECT_THAT(refusal("80", R"("80-81")"), HasSubstr(R"(as in [80, 81], or delete)"));
  EXPECT_EQ(refusal("80-90", R"(["80-90", "91-99"])"), "taken");
  EXPECT_THAT(refusal("80-90", R"("80-99")"), HasSubstr(R"(as in ["80-90", "91-99"], or delete)"));
  EXPECT_THAT(refusal("80-90", "80"), HasSubstr(R"(Keep "80-90" as the first entry, or delete)"));
  EXPECT_THAT(refusal("any", "80"), HasSubstr("is known by any. Delete the service and add another"));
}

TEST(ServiceAddresses, AServiceOnAnyPortIsEditedAsAnyOther) {
  const auto done = edit_config(read(file_with("vip: 10.10.0.1, port: 80, mode: nat")), R"([
    {"op": "add_service", "service": {"vip": "10.10.0.100", "port": "any", "mode": "nat"}},
    {"op": "add_dest", "service": {"vip": "10.10.0.100", "port": "any"}, "dest": {"address": "10.20.0.21"}},
    {"op": "edit_dest", "service": "tcp:10.10.0.100:any", "dest": {"address": "10.20.0.21", "port": 0},
     "set": {"weight": 5}}])");
  ASSERT_TRUE(done.ok()) << done.error().message();
  const ServiceConfig& s = done->config.services.back();
  EXPECT_THAT(s.port_ranges, IsEmpty());
  EXPECT_EQ(s.port, L4Port{});
  ASSERT_EQ(s.dests.size(), 1U);
  EXPECT_EQ(s.dests[0].weight, 5);
}

}  // namespace
}  // namespace hvs
