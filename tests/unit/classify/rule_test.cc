// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/classify/rule.h"

#include <gtest/gtest.h>

#include "tests/support/packet_check.h"
#include "tests/support/steer_cases.h"

namespace hvs {
namespace {

using test::Bytes;
using test::SteerCase;
using What = SteerMatch::What;

SteerMatch rule_of(const Bytes& frame, const SteerTable& table) {
  const Reader reader{frame.data(), frame.size()};
  return steer_rule(reader, parse_frame(reader), table, test::kPortMac);
}

class Rule : public testing::TestWithParam<SteerCase> {};

TEST_P(Rule, GivesTheVerdictOfTheTable) {
  static const SteerTable table(test::case_rows());
  const SteerMatch match = rule_of(GetParam().frame, table);
  EXPECT_EQ(match.what, GetParam().what) << test::hex_dump(GetParam().frame);
  if (GetParam().what == What::service) {
    EXPECT_EQ(match.slot.value, GetParam().slot);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Rule, testing::ValuesIn(test::steer_cases()),
                         [](const auto& param) { return param.param.name; });

TEST(RuleWithoutRows, PassesEverything) {
  const SteerTable empty;
  for (const SteerCase& entry : test::steer_cases())
    EXPECT_EQ(rule_of(entry.frame, empty).what, What::pass) << entry.name;
}

// A service on a port of a LIP's range is found first, so that its counters are right.
TEST(RuleOrder, ServiceBeforeLip) {
  SteerRows rows = test::case_rows();
  const IpAddr lip = *IpAddr::parse("10.20.0.10");
  rows.services.push_back({service_key(lip, 6, Be16{std::uint16_t{20000}}), ServiceSlot{7}});
  const Bytes frame = test::Packet().eth().ipv4("192.0.2.1", "10.20.0.10").tcp(1, 20000).build();
  const SteerMatch match = rule_of(frame, SteerTable(rows));
  EXPECT_EQ(match.what, What::service);
  EXPECT_EQ(match.slot.value, 7U);
}

}  // namespace
}  // namespace hvs
