// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/plan_dests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/plan_fixture.h"

// Dests that are no other host.

namespace hvs {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PlanTest, ADestThatIsThisHostIsToldOf) {
  EXPECT_THAT(warnings(), IsEmpty());
  config.services[0].dests[1].address = ip("10.20.0.1");
  EXPECT_THAT(warnings(), ElementsAre(AllOf(HasSubstr("real server 10.20.0.1: "), HasSubstr("on hvs-in"),
                                            HasSubstr("route_not_ours"))));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(PlanTest, AnEditTellsOfItsOwnDestsAlone) {
  Config after = config;
  EXPECT_THAT(newly_own_dests(config, after, machine), IsEmpty());
  after.services[0].dests[1].address = ip("10.20.0.1");
  EXPECT_EQ(newly_own_dests(config, after, machine).size(), 1U);
  EXPECT_THAT(newly_own_dests(after, after, machine), IsEmpty());
}

std::vector<std::string> said_of(const std::vector<Error>& warnings) {
  std::vector<std::string> out;
  for (const Error& warning : warnings) out.push_back(warning.message());
  return out;
}

TEST_F(PlanTest, AnEditThatLeavesAServiceWithoutDestsForNewClientsIsToldOf) {
  const std::string web =
      "services.web: no dest takes new connections. Add a dest, or raise a weight above 0";
  Config drained = config;
  drained.services[0].dests[0].weight = 0;
  EXPECT_THAT(newly_idle(config, drained), IsEmpty()) << "the other one does";
  drained.services[0].dests[1].weight = 0;
  EXPECT_THAT(said_of(newly_idle(config, drained)), ElementsAre(web));
  EXPECT_THAT(newly_idle(drained, drained), IsEmpty()) << "was said before";
  EXPECT_THAT(newly_idle(drained, config), IsEmpty());
  Config added = drained;
  added.services.push_back(config.services[0]);
  added.services.back().name = "new";
  added.services.back().dests.clear();
  EXPECT_THAT(said_of(newly_idle(drained, added)), ElementsAre(HasSubstr("services.new: ")));
}

TEST_F(PlanTest, ManyServicesWithoutDestsAreCounted) {
  for (int i = 0; i < 12; ++i) {
    config.services.push_back(config.services[0]);
    config.services.back().name = "s" + std::to_string(i);
    config.services.back().dests.clear();
  }
  const auto said = said_of(newly_idle({}, config));
  ASSERT_EQ(said.size(), 11U);
  EXPECT_EQ(said.front(),
            "services.s0: no dest takes new connections. Add a dest, or raise a weight above 0");
  EXPECT_THAT(said.back(), HasSubstr("services: of 2 more no dest takes new connections"));
}

TEST_F(PlanTest, ManyOwnDestsAreCounted) {
  for (int i = 1; i <= 12; ++i) {
    const std::string address = "10.30.0." + std::to_string(i);
    machine.addresses.push_back(held(address.c_str(), "10.30.0.0", 24, "hvs-in", false));
    config.services[0].dests.push_back(config.services[0].dests[0]);
    config.services[0].dests.back().address = ip(address.c_str());
  }
  const auto said = newly_own_dests({}, config, machine);
  ASSERT_EQ(said.size(), 11U);
  EXPECT_EQ(said.back().what, "2 more are addresses of this host");
}

}  // namespace
}  // namespace hvs
