// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/classify/rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

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

/// Only what no row names may be passed over.
TEST(SteerTableNames, EveryAddressOfARow) {
  const SteerRows rows = test::case_rows();
  const SteerTable table(rows);
  const auto named = [&](const auto& key) {
    IpAddr addr;
    std::copy(std::begin(key.addr), std::end(key.addr), addr.bytes.begin());
    addr.family = static_cast<Family>(key.family);
    return table.names(addr);
  };
  for (const auto& row : rows.services) EXPECT_TRUE(named(row.key));
  for (const auto& row : rows.lips) EXPECT_TRUE(named(row.key));
  for (const auto& row : rows.dests) EXPECT_TRUE(named(row.key));
  for (const auto& row : rows.ranges) EXPECT_TRUE(named(row.key));
}

TEST(SteerTableNames, NetworksOfOneAddress) {
  SteerRows rows;
  const IpAddr addr = *IpAddr::parse("192.0.2.7");
  const IpAddr addr6 = *IpAddr::parse("2001:db8::7");
  rows.inside.push_back({net_key({addr, 32}), {}});
  rows.outside.push_back({net_key({addr6, 128}), {}});
  const SteerTable table(rows);
  EXPECT_TRUE(table.names(addr) && table.names(addr6));
}

TEST(SteerTableNames, FewOthers) {
  SteerRows rows;
  for (std::uint32_t i = 0; i < 1000; ++i)
    rows.services.push_back({service_key(IpAddr::v4(Be32{0x0a000000U + i}), 6, Be16{std::uint16_t{80}}), {}});
  const SteerTable table(rows);
  unsigned named = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) named += table.names(IpAddr::v4(Be32{0xc0000000U + i * 7919}));
  EXPECT_LT(named, 1500U);
  EXPECT_FALSE(SteerTable().names(IpAddr::v4(Be32{0x0a000000U})));
}

}  // namespace
}  // namespace hvs
