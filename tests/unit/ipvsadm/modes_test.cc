// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// What becomes of a service's mode and local addresses, which IPVS's services do not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/edit.h"
#include "tests/unit/ipvsadm/app_fixture.h"

namespace hvs::test {
namespace {

using testing::HasSubstr;

class IpvsadmModes : public IpvsadmTest {
 protected:
  void start_with(const std::string& yaml) {
    on_reactor([&] {
      backend_.config = *parse_config("ports: [{device: eth0}]\n" + yaml, "start");
      backend_.yaml = config_to_yaml(backend_.config);
    });
  }
  /// Of the only service: its mode and its pool.
  std::string settled() {
    const ServiceConfig s = config().services.at(0);
    return std::string(name_of(s.mode)) + " " + s.lip_pool;
  }
};

TEST_F(IpvsadmModes, TheFirstServerGivesItsServiceTheMode) {
  for (const auto& [option, mode] : {std::pair{"-g", "dr "}, std::pair{"-m", "nat "},
                                     std::pair{"-i", "tunnel "}, std::pair{"-b", "fullnat inside"}}) {
    ok("-C");
    ok("-A -t 192.0.2.10:80 -s rr");
    EXPECT_EQ(settled(), "fullnat ") << "nobody has said anything yet";
    ok("-a -t 192.0.2.10:80 -r 10.0.0.21 " + std::string(option));
    EXPECT_EQ(settled(), mode);
    ok("-a -t 192.0.2.10:80 -r 10.0.0.22 -m");
    EXPECT_EQ(settled(), mode) << "the second does not";
  }
}

TEST_F(IpvsadmModes, AnEditOfTheOnlyServerDoes) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -g");
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -m");
  EXPECT_EQ(settled(), "nat ");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.22 -m");
  ok("-e -t 192.0.2.10:80 -r 10.0.0.21 -b");
  EXPECT_EQ(settled(), "nat inside") << "one of two; but it needs an address";
  ok("-d -t 192.0.2.10:80 -r 10.0.0.21");
  ok("-d -t 192.0.2.10:80 -r 10.0.0.22");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.23");
  EXPECT_EQ(settled(), "dr inside") << "what has been given is not taken away";
}

TEST_F(IpvsadmModes, APoolThatIsNamedStays) {
  ok("-A -t 192.0.2.10:80 -s rr --lip-pool inside");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -g");
  EXPECT_EQ(settled(), "dr inside");
}

/// Who edits the service by the API then gets a server like the others.
TEST_F(IpvsadmModes, AServerWithoutAModeIsAsTheFirstOne) {
  ok("-A -t 192.0.2.10:80 -s rr");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -g");
  const auto done = edit_config(config(), R"([{"op": "add_dest", "service": "tcp:192.0.2.10:80",
                                               "dest": {"address": "10.0.0.22"}}])");
  ASSERT_TRUE(done.ok()) << done.error().message();
  on_reactor([&] {
    backend_.config = done->config;
    backend_.yaml = config_to_yaml(backend_.config);
  });
  EXPECT_THAT(ok("-S -n"), HasSubstr("-a -t 192.0.2.10:80 -r 10.0.0.22:80 -g -w 1\n"));
}

/// Of a service of the file, too, but for one whose tunnel says what its mode is.
TEST_F(IpvsadmModes, AServiceWithATunnelKeepsItsMode) {
  start_with("services: [{name: far, vip: 192.0.2.10, port: 80, mode: tunnel, tunnel: {type: gre}}]\n");
  ok("-a -t 192.0.2.10:80 -r 10.0.0.21 -g");
  EXPECT_EQ(settled(), "tunnel ");
}

constexpr const char* kEveryMode = R"(
services:
  - {name: nat, vip: 192.0.2.10, port: 80, mode: nat, dests: [{address: 10.0.0.21}]}
  - {name: dr, vip: 192.0.2.11, port: 80, mode: dr, dests: [{address: 10.0.0.21}]}
  - {name: tunnel, vip: 192.0.2.12, port: 80, mode: tunnel, dests: [{address: 10.0.0.21}]}
  - {name: fullnat, vip: 192.0.2.13, port: 80, lip_pool: inside, dests: [{address: 10.0.0.21}]}
  - {name: mixed, vip: 192.0.2.14, port: 80, mode: dr, lip_pool: inside,
     dests: [{address: 10.0.0.22}, {address: 10.0.0.21, mode: fullnat}, {address: 10.0.0.23, mode: nat}]}
  - {name: empty, vip: 192.0.2.15, port: 80, mode: nat}
)";
constexpr const char* kInside = "{name: inside, addresses: [10.0.0.10, 'fd20::10']}";
constexpr const char* kSnat =
    "snat: [{name: out, from: [10.9.0.0/16], lip_pool: outside}]\n"
    "lip_pools: [{name: outside, addresses: [192.0.2.99]}, ";

/// Pools that are there: the only one, one beside another of a rule of `snat`, one of several.
TEST_F(IpvsadmModes, WhatIsSavedOfEveryModeRestoresTheSame) {
  for (const std::string& pools :
       {std::string("lip_pools: [") + kInside + "]", std::string(kSnat) + kInside + "]",
        std::string("lip_pools: [{name: more, addresses: [10.0.0.11]}, ") + kInside + "]"}) {
    start_with(pools + kEveryMode);
    const std::string saved = ok("-S -n");
    const bool several = pools.find("more") != std::string::npos;
    EXPECT_THAT(saved, HasSubstr(several ? "-A -t 192.0.2.13:80 -s rr --lip-pool inside\n"
                                         : "-A -t 192.0.2.13:80 -s rr\n"));
    for (int round = 0; round < 2; ++round) {
      ok("-C");
      ok("-R", saved);
      EXPECT_EQ(ok("-S -n"), saved) << pools;
      std::vector<std::string> is;
      for (const ServiceConfig& s : config().services)
        is.push_back(std::string(name_of(s.mode)) + " " + s.lip_pool);
      EXPECT_THAT(
          is, testing::ElementsAre("nat ", "dr ", "tunnel ", "fullnat inside", "fullnat inside", "fullnat "))
          << "the mixed one as the first server in order";
    }
  }
}

/// Not the only one with an address of the VIP's family, but of its servers'.
TEST_F(IpvsadmModes, APoolOfTheOtherFamilyIsSaved) {
  start_with(
      "lip_pools: [{name: four, addresses: [10.0.0.10]}, {name: six, addresses: ['fd20::10']}]\n"
      "services: [{vip: 192.0.2.10, port: 80, lip_pool: six, dests: [{address: 'fd20::21'}]}]\n");
  const std::string saved = ok("-S -n");
  EXPECT_THAT(saved, HasSubstr("-A -t 192.0.2.10:80 -s rr --lip-pool six\n"));
  ok("-R", "-C\n" + saved);
  EXPECT_EQ(ok("-S -n"), saved);
}

}  // namespace
}  // namespace hvs::test
